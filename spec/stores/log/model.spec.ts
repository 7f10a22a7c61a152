// The log against the plainest model there is: an array per partition. Appends, reads by readers that
// stop anywhere, compactions and restarts in any order; whatever was read must be what the array says.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Reader } from '#protocols/broker/broker'
import { offset } from '#protocols/core/brands'
import type { LogBroker } from '#stores/log/log-broker'
import { appendTo, shown } from '../../contracts/broker-kit.ts'
import { tempDir } from '../../kit/temp-dir.ts'
import { directoryBroker, memoryBrokers } from './brokers.ts'

type Step =
  | { readonly append: readonly (readonly [key: number, value: number])[] }
  | { readonly read: number; readonly bytes: number }
  | { readonly open: number; readonly at: number }
  | { readonly compact: true }
  | { readonly restart: true }

const READERS = 3

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        append: fc.array(fc.tuple(fc.nat(4), fc.nat(9)), { minLength: 1, maxLength: 5 }),
      }),
    },
    { weight: 5, arbitrary: fc.record({ read: fc.nat(READERS - 1), bytes: fc.nat(200) }) },
    { weight: 2, arbitrary: fc.record({ open: fc.nat(READERS - 1), at: fc.nat(100) }) },
    { weight: 2, arbitrary: fc.record({ compact: fc.constant(true as const) }) },
    { weight: 1, arbitrary: fc.record({ restart: fc.constant(true as const) }) },
  ),
  { maxLength: 40 },
)

/** What was appended, and what of it readers may no longer be shown. */
class Model {
  readonly records: { readonly key: number; readonly text: string }[] = []
  /** Everything below was compacted: only the newest of a key may be missed by nobody. */
  compacted = 0

  append(pairs: readonly (readonly [number, number])[]): string[] {
    const texts = pairs.map(([key, value]) => `k${key}=${value === 0 ? '' : value}`)
    for (const [i, [key]] of pairs.entries()) this.records.push({ key, text: texts[i] ?? '' })
    return texts
  }

  /** Whether the record may be gone: a newer one of its key lies in what was compacted. */
  mayBeGone(at: number): boolean {
    const key = this.records[at]?.key
    return this.records.slice(at + 1, this.compacted).some((record) => record.key === key)
  }
}

class Run {
  readonly #open: () => LogBroker
  readonly #model = new Model()
  #broker: LogBroker
  #readers: Reader[] = []

  constructor(open: () => LogBroker) {
    this.#open = open
    this.#broker = open()
  }

  async all(todo: readonly Step[]): Promise<void> {
    try {
      await this.#all(todo)
    } finally {
      await this.#broker.close()
    }
  }

  async #all(todo: readonly Step[]): Promise<void> {
    await this.#broker.topics.ensure({ name: 't', partitions: 1, cleanup: 'compact' })
    for (let i = 0; i < READERS; i++) this.#readers.push(this.#reader(0))
    for (const step of todo) await this.#one(step)
    this.#readers.push(this.#reader(0))
    for (const reader of this.#readers) {
      while (this.#read(reader, 50) > 0);
      assert.is(reader.position, this.#model.records.length)
    }
  }

  async #one(step: Step): Promise<void> {
    const model = this.#model
    if ('append' in step) {
      const next = model.records.length
      const records = model.append(step.append)
      assert.equal(await this.#broker.producer().append([appendTo('t', 0, records)]), [next])
    } else if ('read' in step) {
      const reader = this.#readers[step.read]
      if (reader !== undefined) this.#read(reader, step.bytes)
    } else if ('open' in step) {
      this.#readers[step.open]?.close()
      this.#readers[step.open] = this.#reader(Math.min(step.at, model.records.length))
    } else if ('compact' in step) {
      await this.#broker.maintain()
      model.compacted = model.records.length
    } else await this.#restart()
  }

  async #restart(): Promise<void> {
    const positions = this.#readers.map(({ position }) => position)
    await this.#broker.close()
    this.#broker = this.#open()
    this.#readers = positions.map((position) => this.#reader(position))
  }

  #reader(at: number): Reader {
    return this.#broker.reader({ topic: 't', partition: 0 }, offset(at), () => {})
  }

  /** One take, checked; answers how many batches it gave. */
  #read(reader: Reader, bytes: number): number {
    let expected = reader.position as number // offsets are numbers
    const batches = reader.take(bytes)
    for (const { batch, base, next } of batches) {
      assert.is(base, expected, 'batches stand shoulder to shoulder')
      const found = new Map(shown(batch, base).map((it) => [Number.parseInt(it, 10), it]))
      for (let at = expected; at < next; at++) {
        const record = found.get(at)
        const { text } = this.#model.records[at] ?? { text: 'nothing' }
        if (record === undefined) assert.ok(this.#model.mayBeGone(at), `offset ${at} is missing`)
        else assert.is(record, `${at} ${text}`)
      }
      assert.ok([...found.keys()].every((at) => at >= expected && at < next))
      expected = next
    }
    assert.is(reader.position, expected)
    return batches.length
  }
}

test('over memory, the log is an array whose superseded entries may be missing', async () => {
  await fc.assert(
    fc.asyncProperty(steps, (todo) => new Run(memoryBrokers()).all(todo)),
    { numRuns: 150 },
  )
})

test('over a directory, across restarts, it is the same', async () => {
  await fc.assert(
    fc.asyncProperty(steps, (todo) => {
      const directory = tempDir()
      return new Run(() => directoryBroker(directory)).all(todo)
    }),
    { numRuns: 25 },
  )
})

test.run()
