// Who may use a NATS server, for specs: pairs of keys, and an operator with accounts whose users come
// with credentials files, as the tools of NATS make them. Nothing secret: made anew for each spec.

import { nkeys } from 'nats'

type KeyPair = ReturnType<typeof nkeys.createUser>

/** A user's NKey: the public half for the server, the seed for the client. */
export interface UserKey {
  readonly publicKey: string
  readonly seed: string
}

export function userKey(): UserKey {
  const pair = nkeys.createUser()
  return { publicKey: pair.getPublicKey(), seed: seedOf(pair) }
}

/** What a user may publish and hear: patterns of subjects. */
export interface UserLimits {
  readonly publish?: readonly string[]
  readonly subscribe?: readonly string[]
  /** Seconds since 1970. */
  readonly expires?: number
}

/** An operator with one account that has JetStream: what a server with decentralized logins trusts. */
export class Operator {
  readonly #operator = nkeys.createOperator()
  readonly #account = nkeys.createAccount()
  readonly #system = nkeys.createAccount()

  /** Lines of a server's configuration. */
  get config(): string {
    const operator = this.#operator
    const own = claims(operator, operator, 'operator', { system_account: publicOf(this.#system) })
    const account = (pair: KeyPair, limits: object): string =>
      claims(pair, operator, 'account', { limits: { ...NO_LIMITS, ...limits } })
    const jetStream = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 }
    return [
      `operator: ${own}`,
      `system_account: ${publicOf(this.#system)}`,
      'resolver: MEMORY',
      'resolver_preload {',
      `  ${publicOf(this.#system)}: ${account(this.#system, {})}`,
      `  ${publicOf(this.#account)}: ${account(this.#account, jetStream)}`,
      '}',
    ].join('\n')
  }

  /** The text of a credentials file. */
  credentials({ publish, subscribe, expires }: UserLimits = {}): string {
    const user = nkeys.createUser()
    const allow = (subjects: readonly string[] | undefined): object =>
      subjects === undefined ? {} : { allow: subjects }
    const limits = { subs: -1, data: -1, payload: -1, pub: allow(publish), sub: allow(subscribe) }
    const jwt = claims(user, this.#account, 'user', limits, expires)
    return block('NATS USER JWT', jwt) + block('USER NKEY SEED', seedOf(user))
  }
}

const NO_LIMITS = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, conn: -1, leaf: -1 }

const block = (name: string, text: string): string =>
  `-----BEGIN ${name}-----\n${text}\n------END ${name}------\n\n`

const seedOf = (pair: KeyPair): string => Buffer.from(pair.getSeed()).toString('utf8')

const publicOf = (pair: KeyPair): string => pair.getPublicKey()

/** A JWT as NATS takes it: of `subject`, signed by `issuer`. */
function claims(
  subject: KeyPair,
  issuer: KeyPair,
  type: string,
  nats: object,
  expires?: number,
): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const content = {
    jti: publicOf(subject),
    iat: 1_700_000_000,
    iss: publicOf(issuer),
    name: type,
    sub: publicOf(subject),
    ...(expires === undefined ? {} : { exp: expires }),
    nats: { ...nats, type, version: 2 },
  }
  const signed = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part(content)}`
  return `${signed}.${Buffer.from(issuer.sign(Buffer.from(signed))).toString('base64url')}`
}
