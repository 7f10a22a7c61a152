// The mirror of the coordination map, beside a server that answers when the law says so.

import { headers, type Msg } from 'nats'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { JET, JetRefusal } from '#protocols/jetstream/errors'
import { PullBudget } from '#protocols/jetstream/feed'
import { KeyMap, KeyTaken } from '#protocols/jetstream/key-map'
import type { Link } from '#protocols/jetstream/link'
import { MARK } from '#protocols/jetstream/mark'
import { namesOf } from '#protocols/jetstream/names'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'

const value = new Uint8Array(0)

/** Has one stream, whose messages are delivered when they are stored. */
class Server {
  /** Number of the newest message. */
  last = 0
  /** What becomes of the next write; default: it is stored. */
  onPublish: ((key: string, data: Uint8Array) => void) | null = null
  readonly map: Promise<KeyMap>
  #deliver: ((message: Msg) => void) | null = null
  readonly #stored: Msg[] = []
  #words = 0

  constructor() {
    const clock = new SimulatedClock()
    const link = {
      isClosed: false,
      onReturn: () => () => {},
      onClose: () => () => {},
      word: () => `word${this.#words++}`,
      send: () => {},
      pause: async () => {},
      ask: async (subject: string) => this.#answer(subject),
      publish: async (subject: string, data: Uint8Array, lines: Record<string, string>) => {
        const { onPublish } = this
        this.onPublish = null
        onPublish?.(subject, data)
        return { message: this.store(data, lines[MARK] ?? ''), stream: 'w_keys' }
      },
      listen: (_: string, deliver: (message: Msg) => void) => {
        this.#deliver = deliver
        return { unsubscribe: () => {} }
      },
      pull: () => this.#send(),
    } as unknown as Link // what a map asks of it
    const budget = new PullBudget(10, 10)
    const ports = { link, wire: clock, clock, budget, names: namesOf('w') }
    this.map = KeyMap.open({ ...ports, replicas: 1, isClockShared: true })
  }

  store(data: Uint8Array, mark: string): number {
    const lines = headers()
    lines.set(MARK, mark)
    const message = ++this.last
    const reply = `$JS.ACK.w_keys.consumer.1.${message}.${message}.1000000000.0`
    this.#stored.push({ subject: 'w.k.x', data, reply, headers: lines } as Msg) // as much as a feed reads
    this.#send()
    return message
  }

  /** One for each pull: the next follows when it is asked for. */
  #send(): void {
    const deliver = this.#deliver
    const message = deliver === null ? undefined : this.#stored.shift()
    if (message === undefined) return
    this.#deliver = null
    deliver?.(message)
  }

  #answer(subject: string): unknown {
    if (subject.startsWith('CONSUMER.')) return { name: 'consumer', num_pending: 0 }
    if (!subject.startsWith('STREAM.MSG.GET')) return {}
    return { message: { subject: 'w.k.x', seq: this.last, time: '2026-01-01T00:00:00Z' } }
  }
}

test('a write that is refused for one that is on its way leaves in the mirror what was heard of that', async () => {
  const server = new Server()
  const map = await server.map
  const mine = await map.put('key', value, 'absent')
  let theirs = 0
  server.onPublish = (_, data) => {
    theirs = server.store(data, 'k theirs 0')
    throw new JetRefusal(JET.wrongLast, 'wrong last sequence: 0')
  }
  const refused = await map.put('key', value, mine).then(
    () => null,
    (error: unknown) => error,
  )
  assert.ok(refused instanceof KeyTaken)
  assert.is(refused.found, theirs)
  assert.is(map.get('key')?.revision, theirs)
})

test('a key that was swept unheard is forgotten by who is refused for it', async () => {
  const server = new Server()
  const map = await server.map
  const mine = await map.put('key', value, 'absent')
  server.onPublish = () => {
    throw new JetRefusal(JET.wrongLast, 'wrong last sequence: 0')
  }
  await map.put('key', value, mine).then(
    () => assert.unreachable(),
    (error: unknown) => assert.is((error as KeyTaken).found, 'absent'),
  )
  assert.is(map.get('key'), null)
})

test('a map whose stream ends before what was heard of it answers nothing as if it were fresh', async () => {
  const server = new Server()
  const map = await server.map
  await map.put('key', value, 'absent')
  const newest = server.last
  server.last = 1
  await map.fresh().then(
    () => assert.unreachable(),
    (error: unknown) => assert.ok(isMillraceError(error, 'KEYS_LOST'), String(error)),
  )
  server.last = newest
  await map.fresh()
})

test.run()
