// What more of it costs: keys, partitions, stores of a task, bytes of a value, windows of a key. Each size
// has a line with what it comes to and the ratio to the size before; it is met when work and memory grow
// no worse than n log n (bounds.ts). And state that is larger than the memory of its host (beyond.ts).
//
//   KEYS_MAX (1,000,000), PARTITIONS_MAX (64), RECORDS (200,000 of a run), VALUE_MB (64) and ROUNDS (1)
//   turn it up or down; the whole range is KEYS_MAX=10000000 PARTITIONS_MAX=256 ROUNDS=3. ONLY=word runs
//   what has the word in its name.
//   CGROUP is the directory of a control group of Linux with a limit of its memory, which counts heaps and
//   pages of files alike, and into which this process may put another. Without it, no state is larger
//   than memory, and that part is left out.

import { type Figure, report, shown } from '../harness.ts'
import { median, setting } from '../measure.ts'
import { beyondMemory } from './beyond.ts'
import { growthMost, slowdownMost, TOLERANCE } from './bounds.ts'
import { type Dimension, dimensions } from './dimensions.ts'
import { type Grown, grown } from './grown.ts'

const ROUNDS = setting('ROUNDS', 1)
const ONLY = process.env['ONLY'] ?? ''
const MB = 1 << 20
const BEYOND = 'state larger than memory'

/** What a size came to. */
interface Point extends Grown {
  readonly size: number
  readonly pieces: number
}

async function main(): Promise<void> {
  const all = dimensions({
    records: setting('RECORDS', 200_000),
    keysMax: setting('KEYS_MAX', 1_000_000),
    partitionsMax: setting('PARTITIONS_MAX', 64),
    valueBytes: setting('VALUE_MB', 64) * MB,
  })
  const figures: Figure[] = []
  for (const dimension of all.filter(({ name }) => name.includes(ONLY))) {
    figures.push(...figuresOf(dimension, await points(dimension)))
  }
  const group = process.env['CGROUP']
  if (group === undefined) process.stderr.write(`${BEYOND}: left out, as CGROUP is not set\n`)
  else if (BEYOND.includes(ONLY)) figures.push(...(await beyondMemory(group)))
  report('growth, exactly once, fsync, 2 workers', figures)
}

/** All sizes in turn, so that what the machine does besides falls on all of them alike. */
async function points({ name, sizes, at }: Dimension): Promise<Point[]> {
  const runs: Grown[][] = sizes.map(() => [])
  for (let round = 0; round < ROUNDS; round++) {
    for (const [n, size] of sizes.entries()) {
      process.stderr.write(`${name}: ${size}\n`)
      runs[n]?.push(await grown(at(size)))
    }
  }
  return sizes.map((size, n) => {
    const of = (field: keyof Grown): number => median((runs[n] ?? []).map((run) => run[field]))
    const spent = {
      ms: of('ms'),
      cpuMs: of('cpuMs'),
      peakBytes: of('peakBytes'),
      faults: of('faults'),
    }
    return { size, pieces: at(size).pieces, ...spent }
  })
}

const figuresOf = (
  { name, unit, comparableFrom = 0 }: Dimension,
  found: readonly Point[],
): Figure[] =>
  found.flatMap((point, n) => {
    const before = found[n - 1]
    const [speed, memory] = [speedOf(point), point.peakBytes / MB]
    const note = `processor time ${shown((point.cpuMs * 1e6) / point.pieces)} ns a piece`
    const whole = { name: `${name}, ${shown(point.size)}`, value: speed, unit, note }
    const held = { name: `${name}, ${shown(point.size)}: memory`, value: memory, unit: 'MB' }
    if (before === undefined) return [whole, held]
    const to = shown(before.size)
    const faster = { to, value: speed / speedOf(before) }
    const larger = { to, value: point.peakBytes / before.peakBytes }
    const least = 1 / (TOLERANCE * slowdownMost(before.size, point.size))
    const most = growthMost(before.size, point.size)
    const isComparable = before.size >= comparableFrom
    return [
      { ...whole, ratio: faster, goal: isComparable ? { of: 'ratio', least } : undefined },
      { ...held, ratio: larger, goal: { of: 'ratio', most } },
    ]
  })

const speedOf = ({ pieces, ms }: Point): number => (pieces / ms) * 1000

await main()
