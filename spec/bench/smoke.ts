// A minute of benchmarks: ratios alone, as what a machine can do cancels out of them, each beside what is
// recorded of it: by this benchmark, and by the one that it is from, whose inputs are larger. All of them
// run in turn, small, as often as a minute has room for; the median counts. Nothing is judged: a ratio
// that moved is a reason to run the benchmark that it is from.
//
//   SECONDS (default 60) is how long it may take; once, it runs whatever that takes. RECORD=1 keeps the
//   ratios in RESULTS.md, to be printed beside those of runs to come.

import { readFileSync } from 'node:fs'
import { compare } from './contest.ts'
import { type Figure, RESULTS, report, shown } from './harness.ts'
import { tableContest } from './joins/table.ts'
import { smallCommits } from './log-writes.ts'
import { median, setting, timed } from './measure.ts'
import { againstMemory } from './memory-broker.ts'
import { ratioName, recordedRatios } from './recorded.ts'
import { cachedStore, shuffled, uncachedStore } from './stores.ts'
import { text } from './text.ts'
import { throughput, throughputContests } from './throughput.ts'
import { tumblingContest } from './windows/tumbling.ts'
import { makeVisits } from './windows/visits.ts'

const TITLE = 'smoke'
const LINES = 100_000
const FEW_LINES = 20_000
const EVENTS = 100_000
const KEYS = 50_000
/** The first of them is before code is compiled. */
const STORE_ROUNDS = 3
const COMMITS = { rounds: 1, eachMs: 600 }

/** What each came to, round after round, by the name of its ratio. */
type Found = Map<string, Compared[]>
type Compared = Figure & { readonly ratio: NonNullable<Figure['ratio']> }

async function main(): Promise<void> {
  const end = performance.now() + setting('SECONDS', 60) * 1000
  const found: Found = new Map()
  const all = bodies()
  for (let longest = 0; performance.now() + longest < end; ) {
    const { ms } = await timed(() => round(all, found))
    longest = Math.max(longest, ms)
  }
  const figures = [...found.values()].map(middle)
  print(figures)
  if (process.env['RECORD'] === '1') report(TITLE, figures)
}

function bodies(): (() => Promise<Figure | Figure[]>)[] {
  const input = text(LINES)
  const few = text(FEW_LINES)
  const keys = shuffled(KEYS)
  const contests = [tumblingContest(makeVisits(EVENTS)), tableContest(EVENTS)]
  return [
    ...throughputContests(input).map((contest) => () => throughput(contest, 1)),
    () => againstMemory(few, 1),
    ...contests.map((contest) => () => compare(contest, 1)),
    () => cachedStore(keys, STORE_ROUNDS),
    () => uncachedStore(keys, STORE_ROUNDS),
    () => smallCommits('fsync', COMMITS),
  ]
}

async function round(all: ReturnType<typeof bodies>, found: Found): Promise<void> {
  for (const body of all) {
    for (const figure of [await body()].flat()) {
      const { name, ratio } = figure
      if (ratio === undefined) continue
      const known = ratioName(name, ratio.to)
      found.set(known, [...(found.get(known) ?? []), { ...figure, ratio }])
    }
  }
}

function middle(rounds: readonly Compared[]): Compared {
  const ratios = rounds.map(({ ratio }) => ratio.value)
  const [{ name, unit, ratio }] = rounds as readonly [Compared] // found once at least
  return {
    ...{ name, unit, value: median(rounds.map(({ value }) => value)) },
    ratio: { to: ratio.to, value: median(ratios) },
    note: `${shown(Math.min(...ratios))} to ${shown(Math.max(...ratios))}, ${rounds.length} rounds`,
  }
}

function print(figures: readonly Compared[]): void {
  const results = readFileSync(RESULTS, 'utf8')
  const here = recordedRatios(results, (title) => title === TITLE)
  const whole = recordedRatios(results, (title) => title !== TITLE)
  const names = figures.map(({ name, ratio }) => ratioName(name, ratio.to))
  const widest = Math.max(...names.map(({ length }) => length))
  const line = (name: string, ...cells: readonly string[]): void => {
    process.stdout.write(`${name.padEnd(widest)}${cells.map((it) => it.padStart(10)).join('')}\n`)
  }
  const cell = (value: number | undefined): string => (value === undefined ? '-' : shown(value))
  line('', 'now', 'recorded', 'change', 'in full')
  for (const [n, { ratio }] of figures.entries()) {
    const name = names[n] ?? ''
    const before = here.get(name)
    const change = before === undefined ? '-' : `x ${shown(ratio.value / before)}`
    line(name, cell(ratio.value), cell(before), change, cell(whole.get(name)))
  }
  if (here.size === 0) process.stdout.write('None is recorded: RECORD=1 keeps these.\n')
}

await main()
