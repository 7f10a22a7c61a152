// What NATS says no with, as the house says it. JetStream answers with a number (`err_code`); those that
// mean something to us get a name here, and a sentence where a person is going to read it.

import { MillraceError } from '../core/errors.ts'

/** JetStream's own numbers; the text beside them differs between servers. */
export const JET = {
  noMessage: 10037,
  noConsumer: 10014,
  notEnabled: 10076,
  notEnabledForAccount: 10039,
  /** No majority of a cluster, or no leader yet; the last: of the stream. */
  clusterIncomplete: 10004,
  clusterUnavailable: 10008,
  notLeader: 10009,
  streamOffline: 10118,
  noPeers: 10005,
  replicasUnsupported: 10074,
  streamExists: 10058,
  streamUnknown: 10059,
  otherStream: 10060,
  subjectsOverlap: 10065,
  wrongLast: 10071,
  /** The same of a replicated stream, from 2.11: another message is on its way, or the number is not told. */
  wrongLastUntold: 10164,
  storeFull: 10077,
  resourcesFull: 10023,
  storageFull: 10047,
  memoryFull: 10028,
  /** Limits of an account: on what is kept, on how many streams and consumers there are. */
  accountFull: 10002,
  streamsFull: 10027,
  consumersFull: 10026,
} as const

const NOT_NOW: readonly number[] = [
  JET.clusterIncomplete,
  JET.clusterUnavailable,
  JET.notLeader,
  JET.streamOffline,
]
const FULL: readonly number[] = [
  JET.storeFull,
  JET.resourcesFull,
  JET.storageFull,
  JET.memoryFull,
  JET.accountFull,
  JET.streamsFull,
  JET.consumersFull,
]

/** JetStream refused a request. Not for people: whoever asked knows what it means. */
export class JetRefusal extends Error {
  override readonly name = 'JetRefusal'
  readonly code: number
  readonly description: string

  constructor(code: number, description: string) {
    super(`JetStream refused: ${description} (${code})`)
    this.code = code
    this.description = description
  }

  get isFull(): boolean {
    return FULL.includes(this.code)
  }

  /** The offset number JetStream found, where it told: `wrong last sequence: 12`. */
  get foundLast(): number | null {
    const found = /: (\d+)$/.exec(this.description)
    return found === null ? null : Number(found[1])
  }
}

/** It is not known whether the request was carried out: no answer came, or there is nobody to give it. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered'
}

/** A refusal as those who ask know it. */
export function refusalOf(code: number, description: string): JetRefusal | Unanswered {
  if (NOT_NOW.includes(code)) return new Unanswered(`JetStream says: ${description}`)
  return new JetRefusal(code === JET.wrongLastUntold ? JET.wrongLast : code, description)
}

export const isRefusal = (error: unknown, code?: number): error is JetRefusal =>
  error instanceof JetRefusal && (code === undefined || error.code === code)

export const logFull = (where: string, why: string): MillraceError =>
  new MillraceError({
    code: 'LOG_FULL',
    what: `NATS has no room for more records: ${why}`,
    where,
    hint: 'Raise bytesMax or the limits of the NATS account, let retention work, or drop topics',
    retry: 'later',
  })

export const brokerAway = (
  what: string,
  cause?: unknown,
  hint = 'Is nats-server running, and is the address right?',
): MillraceError => new MillraceError({ code: 'BROKER_AWAY', what, hint, retry: 'soon', cause })

export const brokerClosed = (): MillraceError =>
  new MillraceError({ code: 'BROKER_CLOSED', what: 'the broker was closed', retry: 'soon' })

export const brokerRefused = (what: string, hint?: string, cause?: unknown): MillraceError =>
  new MillraceError({ code: 'BROKER_REFUSED', what, hint, cause })

const INVALID = {
  nkey: {
    what: 'the NKey of the broker is not the seed of one',
    hint: "nkey names a file that has the seed of a user and nothing else; it begins with 'SU'",
  },
  credentials: {
    what: 'the credentials of the broker are not a JWT and its seed',
    hint: 'credentials names a file as `nsc generate creds` writes it',
  },
  tls: {
    what: 'the TLS files of the broker cannot be used',
    hint: 'ca, cert and key name PEM files; the key must be that of the certificate',
  },
} as const

export const credentialsInvalid = (of: keyof typeof INVALID, cause: Error): MillraceError =>
  new MillraceError({
    code: 'CREDENTIALS_INVALID',
    what: `${INVALID[of].what}: ${cause.message}`,
    hint: INVALID[of].hint,
    cause,
  })

/** @param operation `publish` or `subscription` */
export const brokerForbidden = (
  server: string,
  operation: string,
  subject: string,
): MillraceError =>
  new MillraceError({
    code: 'BROKER_FORBIDDEN',
    what: `NATS at ${server} does not allow this login ${operation === 'publish' ? 'to publish to' : 'to subscribe to'} '${subject}'`,
    hint: 'Allow it to publish to $JS.API.>, _INBOX.> and NAMESPACE.>, and to subscribe to _INBOX.> and NAMESPACE.b.>',
    retry: 'later',
  })

export const replicasImpossible = (replicas: number, why: string): MillraceError =>
  new MillraceError({
    code: 'REPLICAS_IMPOSSIBLE',
    what: `NATS cannot keep ${replicas} copies of a stream: ${why}`,
    hint: `replicas: ${replicas} needs a cluster with as many servers that run with JetStream`,
    retry: 'later',
  })

export const jetStreamOff = (server: string): MillraceError =>
  new MillraceError({
    code: 'JETSTREAM_OFF',
    what: `the NATS server at ${server} keeps nothing: JetStream is not enabled for this account`,
    hint: 'Start it with: nats-server -js -sd DIRECTORY, or enable JetStream for the account',
  })

/** @param keys the stream of the coordination map */
export const streamUnknown = (stream: string, topic: string, keys: string): MillraceError =>
  new MillraceError({
    code: 'STREAM_UNKNOWN',
    what: `stream ${stream} takes the records of topic '${topic}', and the coordination map does not know it`,
    hint: `Streams of others must leave our subjects alone. If it is the topic's, ${keys} was deleted or purged: put that back from a copy. Without need of its records: nats stream rm ${stream}`,
  })

/** @param subjects of the coordination map */
export const namespaceTaken = (stream: string, subjects: string): MillraceError =>
  new MillraceError({
    code: 'STREAM_UNKNOWN',
    what: `stream ${stream} takes the messages of ${subjects}, where Millrace keeps which topics and hosts there are`,
    hint: `Let it take other subjects, or give Millrace another namespace. Without need of its messages: nats stream rm ${stream}`,
  })

export const topicLost = (topic: string, stream: string): MillraceError =>
  new MillraceError({
    code: 'TOPIC_LOST',
    what: `NATS lost stream ${stream}, which had records of topic '${topic}'`,
    hint: `Put it back from a copy, and all goes on. Without one: millrace reset APPLICATION for those who read '${topic}' or own it, and millrace topics drop ${topic} --yes`,
    retry: 'later',
  })

/** @param how it is known that records which were read are gone */
export const endLost = (stream: string, where: string, how: string): MillraceError =>
  new MillraceError({
    code: 'OFFSET_OUT_OF_RANGE',
    what: `stream ${stream} lost its newest records, or is an older copy: ${how}`,
    where,
    hint: 'Stop who writes to it, put a newer copy back, and let its readers go on with: millrace task restart TASK. Without one begin anew, with: millrace reset APPLICATION',
  })

/** @param stream of the coordination map */
export const keysLost = (stream: string): MillraceError =>
  new MillraceError({
    code: 'KEYS_LOST',
    what: `NATS lost stream ${stream}, or what was newest in it: it says which topics and hosts there are`,
    hint: 'Stop the hosts, put it back from a copy made together with the other streams, and start them again',
    retry: 'later',
  })

export const batchTooLarge = (where: string, bytes: number, bytesMax: number): MillraceError =>
  new MillraceError({
    code: 'RECORD_TOO_LARGE',
    what: `a record takes ${bytes} bytes, and this NATS server takes messages of ${bytesMax}`,
    where,
    hint: 'Raise max_payload in the configuration of nats-server',
  })
