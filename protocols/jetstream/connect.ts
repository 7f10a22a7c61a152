// How a connection to NATS comes to be: who logs in how, how long a server is waited for, and what waiting
// does not mend. A connection that was made once is never given up: the client tries until the server is
// back and accepts the login again.

import { isIP } from 'node:net'
import { checkServerIdentity, createSecureContext, type PeerCertificate } from 'node:tls'
import {
  type Authenticator,
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type NatsConnection,
  nkeyAuthenticator,
} from 'nats'
import { utf8 } from '../core/bytes.ts'
import type { Clock, Random } from '../core/clock.ts'
import { asError } from '../core/errors.ts'
import type { Logger } from '../core/log.ts'
import { brokerAway, brokerRefused, credentialsInvalid } from './errors.ts'

export interface LinkSettings {
  /** `host:port` of each server. */
  readonly servers: readonly string[]
  readonly user?: string | undefined
  readonly password?: string | undefined
  readonly token?: string | undefined
  /** The text of a credentials file: a JWT and the seed that goes with it. */
  readonly credentials?: Secret | undefined
  readonly nkeySeed?: Secret | undefined
  /** PEM texts; an empty object asks for TLS with the machine's authorities. */
  readonly tls?: TlsSettings | undefined
  /** Name shown on the server. */
  readonly name?: string | undefined
  /** How long to wait for the server at the start, ms. Default 60,000. */
  readonly waitMs?: number | undefined
}

/** A text, or what reads it: asked for each connection, so that one that was renewed counts. */
export type Secret = string | (() => string)

export interface TlsSettings {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

export interface LinkPorts {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly settings: LinkSettings
}

/** How long a server is waited for at the start unless the settings say. */
export const WAIT_MS = 60_000
const TELL_EVERY_MS = 3_000
const RETRY_MS = 250
const ANSWER_MS = 5_000
const ANSWER_LEAST_MS = 1_000

/** A name nobody else has. */
export function wordOfChance(random: Random): string {
  let word = ''
  while (word.length < 16) word += Math.floor(random.next() * 36).toString(36)
  return word
}

/** What NATS calls a login that it does not take, now or any more. */
export const isLoginRefused = (code: string): boolean =>
  /^(AUTHORIZATION|AUTHENTICATION|ACCOUNT_EXPIRED|BAD_AUTHENTICATION)/.test(code)

/** @throws MillraceError BROKER_AWAY, BROKER_REFUSED, CREDENTIALS_INVALID */
export async function connectPatiently(ports: LinkPorts, use: string): Promise<NatsConnection> {
  const { clock, log, settings } = ports
  const { servers, waitMs = WAIT_MS } = settings
  const startMs = clock.monotonic()
  const options = optionsOf(settings, use)
  let toldMs = startMs
  for (;;) {
    try {
      return await connect(options)
    } catch (thrown) {
      const error = asError(thrown)
      refuseForGood(error, ports)
      const nowMs = clock.monotonic()
      if (nowMs - startMs >= waitMs) {
        const seconds = Math.round(waitMs / 1000)
        throw brokerAway(
          `no NATS server answered at ${servers.join(', ')} within ${seconds} s`,
          error,
          hintOf(error, settings),
        )
      }
      if (nowMs - toldMs >= TELL_EVERY_MS || toldMs === startMs) {
        toldMs = nowMs + 1
        const hint = hintOf(error, settings)
        const why = hint === undefined ? error.message : `${error.message}. ${hint}`
        const line = `waiting for a NATS server at ${servers.join(', ')}: ${why}`
        log.log('warn', 'BROKER_AWAY', line)
      }
      await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve))
    }
  }
}

const SILENT_HINT =
  'It takes connections and then says nothing, as servers do that ask for a certificate and got none, or one that they do not accept: tls: { cert, key }'

const FULL_HINT =
  'Something takes connections there and then says nothing: a NATS server that has as many as it may (max_connections), or stands still'

/** The client does not hear why it is refused, only nothing more. */
function hintOf(error: Error, { tls }: LinkSettings): string | undefined {
  if (!('code' in error) || error.code !== 'TIMEOUT') return undefined
  return tls === undefined ? FULL_HINT : SILENT_HINT
}

/** What waiting does not mend. */
function refuseForGood(error: Error, { settings, clock }: LinkPorts): void {
  const at = settings.servers.join(', ')
  const code = 'code' in error ? String(error.code) : ''
  if (isLoginRefused(code)) {
    const expiredMs = expiryOf(settings.credentials)
    throw brokerRefused(
      expiredMs !== null && expiredMs <= clock.now()
        ? `NATS at ${at} refused these credentials: they expired at ${new Date(expiredMs).toISOString()}`
        : `NATS at ${at} refused ${loginOf(settings)}`,
      'Give user and password, a token, an NKey or a credentials file that the server knows',
      error,
    )
  }
  if (
    /^(ERR_TLS|ERR_SSL|ERR_OSSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|CERT_)/.test(code) ||
    /TLS|certificate|secure/i.test(error.message)
  ) {
    throw brokerRefused(
      `no secure connection to NATS at ${at}: ${reasonOf(error)}`,
      'tls: { ca: FILE } names who signed its certificate, cert and key are for servers that ask for one',
      error,
    )
  }
}

/** The client wraps what TLS says. */
const reasonOf = (error: Error): string =>
  'chainedError' in error && error.chainedError instanceof Error
    ? error.chainedError.message
    : error.message

const loginOf = ({ credentials, nkeySeed, token, user }: LinkSettings): string =>
  credentials !== undefined
    ? 'these credentials'
    : nkeySeed !== undefined
      ? 'this NKey'
      : token !== undefined
        ? 'this token'
        : user !== undefined
          ? `user '${user}' with this password`
          : 'a connection without a login'

const textOf = (secret: Secret): string => (typeof secret === 'string' ? secret : secret())

/** When the JWT of credentials goes out of date, ms; null when it never does or cannot be read. */
function expiryOf(credentials: Secret | undefined): number | null {
  if (credentials === undefined) return null
  try {
    const [, claims = ''] = /\n[\w-]+\.([\w-]+)\.[\w-]+\s/.exec(textOf(credentials)) ?? []
    // The shape of every JWT.
    const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp?: number }
    return exp === undefined ? null : exp * 1_000
  } catch {
    return null // Whoever refused it knows why.
  }
}

/**
 * Reads the secret anew for each connection; one that cannot be used then is passed over for the one
 * before, since whoever renews it may be in the middle of it.
 * @throws MillraceError CREDENTIALS_INVALID when the first cannot be used: the client would wait
 */
function authenticatorOf({ credentials, nkeySeed }: LinkSettings): Authenticator | undefined {
  const secret = credentials ?? nkeySeed
  if (secret === undefined) return undefined
  const make = credentials === undefined ? nkeyAuthenticator : credsAuthenticator
  // The client wants lines to end as on Unix, the last one too.
  const tidy = (text: string): string => `${text.trim().replaceAll('\r\n', '\n')}\n`
  const ready = (text: string) => make(utf8(credentials === undefined ? text.trim() : tidy(text)))
  let text = textOf(secret)
  try {
    ready(text)('nonce')
  } catch (thrown) {
    throw credentialsInvalid(credentials === undefined ? 'nkey' : 'credentials', asError(thrown))
  }
  return (nonce) => {
    try {
      const newer = textOf(secret)
      const answer = ready(newer)(nonce)
      text = newer
      return answer
    } catch {
      return ready(text)(nonce)
    }
  }
}

function optionsOf(settings: LinkSettings, use: string): ConnectionOptions {
  const { user, password, token, tls } = settings
  if (tls !== undefined) checkTls(tls)
  const authenticator = authenticatorOf(settings)
  return {
    servers: [...settings.servers],
    name: `${settings.name ?? 'millrace'} ${use}`,
    maxReconnectAttempts: -1,
    // A login that is refused today may be accepted tomorrow; who stops trying stands still for good.
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: 100,
    reconnectJitter: 50,
    pingInterval: 5_000,
    timeout: Math.min(ANSWER_MS, Math.max(ANSWER_LEAST_MS, settings.waitMs ?? ANSWER_MS)),
    noAsyncTraces: true,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { pass: password }),
    ...(token === undefined ? {} : { token }),
    ...(authenticator === undefined ? {} : { authenticator }),
    ...(tls === undefined ? {} : { tls: { ...present(tls), ...identityOf(settings.servers) } }),
  }
}

/** @throws MillraceError CREDENTIALS_INVALID when key and certificate do not fit: the client would wait */
function checkTls(tls: TlsSettings): void {
  try {
    createSecureContext(present(tls))
  } catch (thrown) {
    throw credentialsInvalid('tls', asError(thrown))
  }
}

const present = (tls: TlsSettings): { [name: string]: string } =>
  Object.fromEntries(
    Object.entries(tls).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )

/**
 * Servers that are named by address: the client leaves their name empty, and TLS would take `localhost`
 * for it. Their certificate must be for one of the addresses.
 */
function identityOf(servers: readonly string[]): object {
  const hosts = servers.map((server) => server.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''))
  const addresses = hosts.filter((host) => isIP(host) !== 0)
  if (addresses.length === 0 || hosts.includes('localhost')) return {}
  return {
    checkServerIdentity: (host: string, certificate: PeerCertificate): Error | undefined => {
      if (host !== 'localhost') return checkServerIdentity(host, certificate)
      const found = addresses.map((address) => checkServerIdentity(address, certificate))
      return found.includes(undefined) ? undefined : found[0]
    },
  }
}
