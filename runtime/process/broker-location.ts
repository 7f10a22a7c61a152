// Where records are kept, as people say it (`file:./data`, `nats://127.0.0.1:4222`) and as the broker is
// opened. Only this folder knows which broker is in use.

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { MillraceError } from '#protocols/core/errors'

export type Durability = 'fsync' | 'os'

/** The embedded broker: a directory. */
export interface FileLocation {
  /** Absolute. */
  readonly directory: string
  readonly durability: Durability
  /** Default: what the log takes for its own default. */
  readonly bytesMax?: number | undefined
}

/** NATS JetStream: servers. Files are named here, and read when it is opened. */
export interface NatsLocation {
  /** Absolute; on this machine, for what belongs to it: the state of tasks. */
  readonly directory: string
  readonly nats: NatsServers
}

export interface NatsServers {
  /** `host:port` of each. */
  readonly servers: readonly string[]
  readonly user?: string | undefined
  readonly password?: string | undefined
  readonly token?: string | undefined
  /** Absolute path of a credentials file (JWT and seed). */
  readonly credentials?: string | undefined
  /** Absolute path of a file with the seed of an NKey. */
  readonly nkey?: string | undefined
  /** Absolute paths of PEM files; empty: TLS with the authorities that Node knows. */
  readonly tls?: TlsFiles | undefined
  /** First word of every subject and stream. Default `millrace`. */
  readonly namespace?: string | undefined
  /** Copies a cluster keeps of each stream. Default 1. */
  readonly replicas?: number | undefined
  /** Most bytes of a stream. Default: what the account allows. */
  readonly bytesMax?: number | undefined
  /** How long to wait for a server at the start, ms. */
  readonly waitMs?: number | undefined
}

export interface TlsFiles {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

export type BrokerLocation = FileLocation | NatsLocation

export interface FileOption {
  readonly file: string
  readonly durability?: Durability | undefined
  readonly bytesMax?: number | undefined
}

export interface NatsOption extends Omit<NatsServers, 'servers' | 'tls'> {
  /** `nats://host:port`, several with commas; `tls://` asks for TLS. */
  readonly nats: string
  readonly tls?: boolean | TlsFiles | undefined
}

/** How a broker is named in manifests and options. */
export type BrokerOption = string | FileOption | NatsOption

const NAMESPACE = /^[a-zA-Z0-9_-]{1,50}$/

/**
 * @param base directory that relative paths start from
 * @throws MillraceError BROKER_UNKNOWN
 */
export function brokerLocation(option: `file:${string}` | FileOption, base: string): FileLocation
export function brokerLocation(option: BrokerOption, base: string): BrokerLocation
export function brokerLocation(option: BrokerOption, base: string): BrokerLocation {
  if (typeof option !== 'string') {
    if ('nats' in option) return natsLocation(option, base)
    const { file, durability = 'fsync', bytesMax } = option
    return { directory: resolve(base, file), durability, bytesMax }
  }
  if (/^(nats|tls):\/\//.test(option)) return natsLocation({ nats: option }, base)
  if (option.startsWith('file:')) {
    return { directory: resolve(base, option.slice('file:'.length)), durability: 'fsync' }
  }
  throw brokerUnknown(option)
}

/** Where hosts keep the state of tasks unless they are told otherwise. */
export const stateOf = ({ directory }: BrokerLocation): string => join(directory, 'state')

/**
 * For those who only take part: opening any other directory than one a host made would make a broker of it.
 * @throws MillraceError BROKER_MISSING
 */
export function refuseMissing(location: BrokerLocation): void {
  if (isNats(location)) return
  const { directory } = location
  if (['millrace.json', 'data.mdb'].some((file) => existsSync(join(directory, file)))) return
  throw new MillraceError({
    code: 'BROKER_MISSING',
    what: `there is no broker in ${directory}`,
    hint: 'A host makes one when it starts: millrace host millrace.yaml',
  })
}

export const isNats = (location: BrokerLocation): location is NatsLocation => 'nats' in location

/** The same location as an option: for handing on what was resolved against another directory. */
export function asOption(location: BrokerLocation): BrokerOption {
  if (!isNats(location)) {
    const { directory, durability, bytesMax } = location
    return { file: directory, durability, bytesMax }
  }
  const { servers, ...rest } = location.nats
  return { nats: `nats://${servers.join(',')}`, ...rest }
}

function natsLocation({ nats, ...said }: NatsOption, base: string): NatsLocation {
  const [scheme = '', rest = ''] = nats.split('://')
  const [hosts = '', path = ''] = splitOnce(rest, '/')
  const at = hosts.lastIndexOf('@')
  const servers = hosts.slice(at + 1).split(',')
  if (!(scheme === 'nats' || scheme === 'tls') || !servers.every(isServer)) {
    throw brokerUnknown(nats)
  }
  const namespace = said.namespace ?? (path === '' ? undefined : path)
  if (namespace !== undefined && !NAMESPACE.test(namespace)) throw brokerUnknown(nats)
  const tls = said.tls === true || (said.tls === undefined && scheme === 'tls') ? {} : said.tls
  const file = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : resolve(base, name)
  return {
    directory: resolve(base, 'data'),
    nats: {
      ...said,
      ...(at < 0 ? {} : loginOf(hosts.slice(0, at))),
      servers: servers.map((server) => (server.includes(':') ? server : `${server}:4222`)),
      namespace,
      credentials: file(said.credentials),
      nkey: file(said.nkey),
      tls:
        tls === undefined || tls === false
          ? undefined
          : { ca: file(tls.ca), cert: file(tls.cert), key: file(tls.key) },
    },
  }
}

/** `user:password`, or a token alone, as every client of NATS reads it. */
function loginOf(text: string): Partial<NatsServers> {
  const [user = '', password] = splitOnce(text, ':').map(decodeURIComponent)
  return password === undefined ? { token: user } : { user, password }
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

const isServer = (text: string): boolean =>
  /^[^\s/@:]+(:\d{1,5})?$|^\[[^\]]+\](:\d{1,5})?$/.test(text)

const brokerUnknown = (name: string): MillraceError =>
  new MillraceError({
    code: 'BROKER_UNKNOWN',
    what: `'${name.replace(/\/\/[^/@]*@/, '//...@')}' is not a broker`,
    hint: "Name the embedded one by its directory, e.g. 'file:./data', or NATS by its address, e.g. 'nats://127.0.0.1:4222'",
  })
