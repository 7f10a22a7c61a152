// What the entries of the catalogue are given: waves of records with times out of order, values that
// are missing and, where asked for, keys that are; and, where windows have to close, at the end a
// record for every partition with a time far past all others, twice, with late records in between.

import fc from 'fast-check'
import { utf8 } from '#protocols/core/bytes'
import { partitionOf } from '#protocols/records/partitioner'
import type { Choose, Sent, Text, Wave } from './claim.ts'

export const PARTITIONS_MAX = 8
/** More than any time between two records, less than what the last ones are ahead. */
/** No record is later than this, before the end. */
export const TIME_MAX = 60
export const GRACE_MS = 10_000
const END_MS = 1_000_000
const FLUSH = 'flush'

export interface WavesOptions {
  /** Records of a wave without a value. Default true. */
  readonly valueless?: boolean
  /** Default false. */
  readonly keyless?: boolean
  /** Whether everything that waits for time comes to an end. Default false. */
  readonly closes?: boolean
  /** Whether times never go back, before the end. Default false. */
  readonly inOrder?: boolean
}

type To = Wave['to']

/** A value is a letter, which may name a key, and a number of its own. */
export const letterOf = (value: Text): string | null =>
  value === null ? null : value.startsWith(FLUSH) ? value : value.slice(0, 1)

export const isFlush = (text: Text): boolean => text?.includes(FLUSH) === true

/** Waves to some topics; each topic gets one at least. */
export function waves(to: readonly To[], options: WavesOptions = {}): fc.Arbitrary<Wave[]> {
  const one = (topic: To) => fc.record({ to: fc.constant(topic), records: records(options) })
  const each = fc.tuple(...to.map(one))
  const more = fc.array(fc.constantFrom(...to).chain(one), { maxLength: 3 })
  const end = options.closes === true ? fc.tuple(...to.map(one)) : fc.constant(null)
  return fc.tuple(each, more, end).map(([first, second, late]) => {
    const before = [...first, ...second]
    const all = options.inOrder === true ? inOrder(before) : before
    if (late !== null) all.push(...flushes(to, END_MS), ...late, ...flushes(to, 2 * END_MS))
    return numbered(all)
  })
}

function records({ valueless = true, keyless = false }: WavesOptions) {
  const record = fc.record({
    key: fc.constantFrom(...'abcdef').map((key): Text => key),
    value: fc.constantFrom(...'abcd').map((letter): Text => letter),
    time: fc.nat(TIME_MAX),
    missing: fc.nat(19),
  })
  return fc.array(record, { minLength: 1, maxLength: 10 }).map((all) =>
    all.map(({ key, value, time, missing }): Sent => {
      if (valueless && missing < 3) return { key, value: null, time }
      if (keyless && missing === 3) return { key: null, value, time }
      return { key, value, time }
    }),
  )
}

/** The same records, each with one of the times, the least first. */
function inOrder(all: readonly Wave[]): Wave[] {
  const times = all.flatMap(({ records }) => records.map(({ time }) => time)).sort((a, b) => a - b)
  let n = 0
  return all.map(({ to, records }) => ({
    to,
    records: records.map((record) => ({ ...record, time: times[n++] ?? 0 })),
  }))
}

/** Gives every value a number. */
function numbered(all: readonly Wave[]): Wave[] {
  let n = 0
  const named = (value: Text): Text => (value === null || isFlush(value) ? value : `${value}${++n}`)
  return all.map(({ to, records }) => ({
    to,
    records: records.map((record) => ({ ...record, value: named(record.value) })),
  }))
}

const flushes = (to: readonly To[], time: number): Wave[] =>
  to.map((topic) => ({ to: topic, records: FLUSHES.map((key) => ({ key, value: key, time })) }))

/** A key for each partition. */
const FLUSHES: readonly string[] = Array.from({ length: PARTITIONS_MAX }, (_, partition) => {
  for (let n = 0; ; n++) {
    const key = utf8(`${FLUSH}${n}`)
    if (partitionOf(key, key.length, PARTITIONS_MAX) === partition) return `${FLUSH}${n}`
  }
})

/**
 * The same records in another order: those of each key in each topic stay in theirs, and what comes
 * before the end of time stays before it.
 * @param choose decides which key is next
 */
export function shuffled(all: readonly Wave[], choose: Choose): Wave[] {
  const found: Wave[] = []
  let mixed: Wave[] = []
  const end = (): void => {
    found.push(...merged(mixed, choose))
    mixed = []
  }
  for (const wave of all) {
    if (!isFlush(wave.records[0]?.key ?? null)) {
      mixed.push(wave)
      continue
    }
    end()
    found.push(wave)
  }
  end()
  return found
}

function merged(all: readonly Wave[], choose: Choose): Wave[] {
  const queues = new Map<string, Wave[]>()
  for (const { to, records } of all) {
    for (const record of records) {
      const name = `${to} ${record.key}`
      const queue = queues.get(name) ?? []
      queues.set(name, queue)
      queue.push({ to, records: [record] })
    }
  }
  const found: Wave[] = []
  for (
    let left = [...queues.values()];
    left.length > 0;
    left = left.filter((it) => it.length > 0)
  ) {
    const next = left[choose(left.length)]?.shift()
    if (next !== undefined) found.push(next)
  }
  return found
}
