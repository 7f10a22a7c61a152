// State that is larger than the memory of its host: the same records where there is memory to spare, and
// in a control group; and what the disk alone gives, since rows that do not fit are read from it.

import { type Figure, shown } from '../harness.ts'
import { spread } from './dimensions.ts'
import { type Growing, type Grown, grown, limitOf } from './grown.ts'
import { randomReads } from './random-reads.ts'

const VALUE_BYTES = 1000
const PARTITIONS = 4
const WORKERS = 2
/** What a row takes of its file where rows come in no order: up to three of them are on a page. */
const ROW_BYTES = 2048
/** State, of what the host has of memory. */
const TIMES = 2
/** Records beyond those that make the rows: they change one each. */
const CHANGES = 0.25
const MB = 1 << 20

export async function beyondMemory(group: string): Promise<Figure[]> {
  const limit = limitOf(group)
  const rows = Math.round((TIMES * limit) / ROW_BYTES)
  const records = Math.round(rows * (1 + CHANGES))
  const all = spread(rows)
  const growing: Growing = {
    ...{ kind: 'newest', size: 1, partitions: PARTITIONS, records },
    record: (n) => ({ key: all(n), bytes: VALUE_BYTES, time: n }),
  }
  const what = `${shown(rows)} rows of 1 kB`
  process.stderr.write(`${what}: memory to spare\n`)
  const spare = await grown(growing)
  process.stderr.write(`${what}: ${limit / MB} MB\n`)
  const tight = await grown({ ...growing, group })
  const alone = await randomReads(WORKERS)
  const speed = ({ ms }: Grown): number => (records / ms) * 1000
  const faults = (tight.faults / tight.ms) * 1000
  const note = ({ cpuMs, peakBytes }: Grown): string =>
    `processor time ${shown((cpuMs * 1e6) / records)} ns a record; ${shown(peakBytes / MB)} MB of its own`
  const unit = 'records/s'
  return [
    { name: `${what}, memory to spare`, value: speed(spare), unit, note: note(spare) },
    {
      ...{
        name: `${what}, ${limit / MB} MB: ${TIMES} times as much state`,
        value: speed(tight),
        unit,
      },
      ...{ ratio: { to: 'that', value: speed(tight) / speed(spare) }, note: note(tight) },
    },
    {
      ...{ name: 'of it, waits for the disk to read a page', value: faults, unit: 'reads/s' },
      note: `${shown(tight.faults / records)} a record`,
      ratio: { to: 'the disk alone', value: faults / alone },
    },
    { name: `the disk alone, ${WORKERS} at a time`, value: alone, unit: 'reads/s' },
  ]
}
