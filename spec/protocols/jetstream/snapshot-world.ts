// A task whose state is a map, over NATS: it commits changes, takes snapshots of the map and has its log
// trimmed, dies where a law says, and is taken up again by whoever comes. The model is the map itself.

import * as assert from 'uvu/assert'
import type { Broker, CommitRef, Snapshot, TaskSession } from '#protocols/broker/broker'
import { EMPTY, fromUtf8, utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import type { JetBroker } from '#protocols/jetstream/jet-broker'
import type { Point } from '#protocols/jetstream/points'
import {
  appendTo,
  changesOf,
  claimOf,
  gather,
  inputAt,
  recordsIn,
  texts,
  transactionOf,
} from '../../contracts/broker-kit.ts'
import type { NatsServer } from '../../kit/nats-server.ts'
import { EAGER, freshNamespace, jetBroker } from './jet-world.ts'

export class Dies extends Error {}

export const task = claimOf('h')

/** Over the payload limit of these servers: its commit is stored in parts, its snapshot in pieces. */
const LARGE = 'x'.repeat(70_000)

/** A state, and the commit it is true at; null at the beginning. */
interface Known {
  readonly state: Map<string, string>
  readonly ref: CommitRef | null
}

/** The life of a broker that dies when it is at the point for the `nth` time; whether it did. */
export async function lifeOf<B extends Broker>(
  open: (onPoint: (point: Point) => void) => Promise<B>,
  { at, nth }: { readonly at: Point; readonly nth: number },
  run: (broker: B) => Promise<unknown>,
): Promise<boolean> {
  let left = nth
  const broker = await open((point) => {
    if (point === at && --left === 0) throw new Dies()
  })
  try {
    await run(broker)
    return false
  } catch (error) {
    if (!(error instanceof Dies)) throw error
    return true
  } finally {
    await broker.close()
  }
}

export class SnapshotWorld {
  readonly namespace = freshNamespace()
  readonly #server: NatsServer
  readonly #hasIdle: boolean
  /** The change of each commit, the first first; null where there was none. */
  readonly #records: (string | null)[] = []

  /** @param hasIdle whether every second commit changes nothing, and nothing counts as young */
  constructor(server: NatsServer, { hasIdle = false } = {}) {
    this.#server = server
    this.#hasIdle = hasIdle
  }

  open(onPoint?: (point: Point) => void): Promise<JetBroker> {
    const { namespace } = this
    const compaction = this.#hasIdle ? EAGER : {}
    return jetBroker(this.#server, { namespace, compaction, ...(onPoint && { onPoint }) })
  }

  /** One round of a broker that comes for it. */
  async maintained(): Promise<void> {
    const broker = await this.open()
    await broker.maintain()
    await broker.close()
  }

  /** A broker for one life, which dies when it is at the point for the `nth` time. */
  async life(at: Point, nth: number, run: (broker: JetBroker) => Promise<void>): Promise<boolean> {
    return lifeOf((onPoint) => this.open(onPoint), { at, nth }, run)
  }

  /** One commit more; every third is a large one, every fifth deletes. */
  commit(session: TaskSession): Promise<CommitRef> {
    const n = session.head.number + 1
    const value = n % 5 === 0 ? '' : `${n}${n % 3 === 0 ? LARGE : ''}`
    const record = this.#hasIdle && n % 2 === 0 ? null : `k${n % 7}=${value}`
    // Those that were tried after it and never stored are forgotten.
    this.#records.length = n - 1
    this.#records.push(record)
    return session.commit(
      transactionOf({
        positions: [inputAt(n)],
        changes: record === null ? null : changesOf([record]),
        meta: record === null ? utf8(value) : EMPTY,
        outputs: [appendTo('out', 0, [`n=${n}`])],
      }),
    )
  }

  /** What so many commits come to. */
  model(commits: number): Map<string, string> {
    const state = new Map<string, string>()
    for (const record of this.#records.slice(0, commits)) {
      if (record !== null) change(state, record)
    }
    return state
  }

  async put(broker: Broker, covers: CommitRef): Promise<Snapshot | null> {
    const facts = { covers, logged: covers.number, shape: [] }
    const bytes = utf8(JSON.stringify([...this.model(covers.number)]))
    return (await broker.snapshots?.put(task, facts, pieces(bytes))) ?? null
  }

  /** Whoever comes with nothing finds what was committed, and all of it is forwarded. */
  async check(broker: Broker): Promise<void> {
    const session = await broker.claim(task)
    const found = await this.#found(broker, session)
    const { number } = session.head
    assert.equal(sorted(found), sorted(this.model(number)))
    const outputs = Array.from({ length: number }, (_, i) => `n=${i + 1}`)
    assert.equal(texts(await recordsIn(broker, 'out')), outputs)
  }

  /** By the first snapshot that can be read, or by the whole log. */
  async #found(broker: Broker, session: TaskSession): Promise<Known['state']> {
    const { state, ref } = await this.#start(broker)
    const log = session.restore(ref?.next ?? 'earliest', () => {})
    for (const record of texts(await gather(log, session.head.next))) change(state, record)
    log.close()
    return state
  }

  async #start(broker: Broker): Promise<Known> {
    for (const snapshot of (await broker.snapshots?.list(task)) ?? []) {
      try {
        const state = await read(broker, snapshot)
        return { state, ref: snapshot.covers }
      } catch (error) {
        if (!isMillraceError(error, 'SNAPSHOT_DAMAGED')) throw error
      }
    }
    return { state: new Map(), ref: null }
  }
}

const sorted = (state: ReadonlyMap<string, string>): [string, string][] =>
  [...state].sort(([a], [b]) => (a < b ? -1 : 1))

export async function read(broker: Broker, snapshot: Snapshot): Promise<Known['state']> {
  const found: Uint8Array[] = []
  const bytes = broker.snapshots?.read(task, snapshot) ?? pieces(new Uint8Array(0))
  for await (const piece of bytes) found.push(piece)
  // Written by `put`.
  return new Map(JSON.parse(fromUtf8(Buffer.concat(found))) as [string, string][])
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const half = Math.ceil(bytes.length / 2)
  yield bytes.subarray(0, half)
  yield bytes.subarray(half)
}

function change(state: Map<string, string>, record: string): void {
  const [key = '', value = ''] = record.split('=')
  if (value === '') state.delete(key)
  else state.set(key, value)
}
