// In what respects there can be more: what is run at each size, and what the work of it consists of. The
// work grows with the size or is the same, so that what a piece of it costs can be compared.

import { WINDOW_MS } from './growing.ts'
import type { Entry, Growing } from './grown.ts'

export interface Dimension {
  readonly name: string
  readonly sizes: readonly number[]
  /** What a piece of the work is. */
  readonly unit: string
  /** Sizes below it are shown, and nothing is asked of what comes after them. */
  readonly comparableFrom?: number
  at(size: number): Growing & { readonly pieces: number }
}

export interface Extent {
  /** Records of a run, at least. */
  readonly records: number
  readonly keysMax: number
  readonly partitionsMax: number
  /** Bytes of values of a run, about. */
  readonly valueBytes: number
}

const PARTITIONS = 4
const FEW_KEYS = 1000
const SIZE = 1
/** How often each of many keys comes: once to be made, once to be changed. */
const VISITS = 2
/** Records that are worth the opening of a task. */
const OF_A_PARTITION = 10_000

export function dimensions(extent: Extent): Dimension[] {
  return [keys(extent), partitions(extent), stores(extent), values(extent), ...windows(extent)]
}

/**
 * Where keys are few, they come again while they are in the cache, and a commit tells each of them once:
 * that is less work, not less of a state.
 */
const keys = ({ records, keysMax }: Extent): Dimension => ({
  ...{ name: 'keys', unit: 'records/s', comparableFrom: records / VISITS },
  sizes: upTo(keysMax, 1000, 10),
  at(size) {
    const count = Math.max(records, size * VISITS)
    return { ...counting(size), kind: 'count', size: SIZE, records: count, pieces: count }
  },
})

const partitions = ({ records, partitionsMax }: Extent): Dimension => ({
  ...{ name: 'partitions', unit: 'records/s' },
  sizes: upTo(partitionsMax, 1, 4),
  at(size) {
    const count = Math.max(records, size * OF_A_PARTITION)
    const facts = { kind: 'count', size: SIZE, partitions: size } as const
    return { ...counting(count / 10), ...facts, records: count, pieces: count }
  },
})

const stores = ({ records }: Extent): Dimension => ({
  ...{ name: 'stores of a task', unit: 'changes/s' },
  sizes: [1, 2, 4, 8, 16],
  at: (size) => ({
    ...counting(FEW_KEYS),
    ...{ kind: 'stores', size, records, pieces: records * size },
  }),
})

const values = ({ records, valueBytes }: Extent): Dimension => ({
  ...{ name: 'bytes of a value', unit: 'bytes/s' },
  sizes: [16, 256, 4096, 65_536, 1 << 20],
  at(size) {
    const count = Math.min(records, Math.ceil(valueBytes / size))
    const all = spread(Math.ceil(count / 2))
    const record = (n: number): Entry => ({ key: all(n), bytes: size, time: n })
    const facts = { kind: 'newest', size: SIZE, partitions: PARTITIONS } as const
    return { ...facts, records: count, pieces: count * size, record }
  },
})

const windows = ({ records }: Extent): Dimension[] => [
  {
    ...{ name: 'windows of a record', unit: 'changes/s' },
    sizes: [1, 4, 16, 64],
    at: (size) => {
      const count = Math.ceil(records / Math.sqrt(size))
      const facts = { kind: 'overlapping', size, records: count, pieces: count * size } as const
      return { ...counting(FEW_KEYS), ...facts }
    },
  },
  {
    ...{ name: 'windows kept of a key', unit: 'records/s' },
    sizes: [1, 10, 100, 1000],
    at: (size) => {
      // As many windows in all, of fewer keys.
      const [all, moments] = [spread(records / VISITS / size), spread(size)]
      const facts = {
        kind: 'kept',
        size,
        partitions: PARTITIONS,
        records,
        pieces: records,
      } as const
      // The newest comes first, so that all windows stay open.
      const time = (n: number): number => (n === 0 ? size - 1 : moments(n)) * WINDOW_MS
      return { ...facts, record: (n) => ({ key: all(n), bytes: 8, time: time(n) }) }
    },
  },
]

/** Every key as often as any other, in time. */
function counting(count: number): Pick<Growing, 'partitions' | 'record'> {
  const all = spread(count)
  return { partitions: PARTITIONS, record: (n) => ({ key: all(n), bytes: 8, time: n }) }
}

/** All whole numbers below `count`, again and again, neighbours far from one another. */
export function spread(count: number): (n: number) => number {
  const whole = Math.max(1, Math.round(count))
  let step = Math.max(1, Math.round(whole * 0.618))
  while (divisor(step, whole) > 1) step++
  return (n) => ((n % whole) * step) % whole
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))

function upTo(most: number, first: number, times: number): number[] {
  const sizes: number[] = []
  for (let size = first; size <= most; size *= times) sizes.push(size)
  return sizes
}
