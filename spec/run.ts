// Runs specs: `run.ts [--verbose] [--jobs=N] [part of a path ...]`, all of them without a path. One
// process per file, two at a time, those that took longest last time first. Prints a line per file, a
// line per law that failed with what the file said, skips with their reasons, at the end the ten that took
// longest and, alone on a line, `N passed, N failed`. Ends with 1 unless every law of every file held.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { bundle } from './bundle.ts'
import { compileSpecs } from './kit/compile-specs.ts'
import { runSpec, type SpecResult } from './kit/spec-process.ts'
import { tempDir } from './kit/temp-dir.ts'

const root = new URL('../', import.meta.url)
const timesFile = new URL('dist/.spec-times.json', root)

/** So many of the slowest are told. */
const SLOWEST = 10

type Times = Record<string, number>

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { verbose: { type: 'boolean' }, jobs: { type: 'string', default: '2' } },
  })
  const times = readTimes()
  const queue = specFiles(positionals).sort((a, b) => timeOf(times, b) - timeOf(times, a))
  if (queue.length === 0) throw new Error(`no spec has '${positionals.join("' or '")}' in its path`)
  await bundle() // hosts of journeys run it
  const modules = await compileSpecs(queue, tempDir())
  const results: SpecResult[] = []
  const work = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const result = await runSpec(file, modules.get(file) ?? file, root)
      results.push(result)
      times[file] = result.ms
      print(result, values.verbose === true)
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, Number(values.jobs)) }, work))
  writeTimes(times)
  process.exitCode = summarize(results) === 0 ? 0 : 1
}

function specFiles(parts: readonly string[]): string[] {
  return readdirSync(new URL('spec', root), { encoding: 'utf8', recursive: true })
    .map((file) => `spec/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.spec.ts'))
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
    .sort()
}

function print(result: SpecResult, verbose: boolean): void {
  const { file, passed, failed, skipped, output, ms } = result
  const lines = [`${failed.length > 0 ? 'FAIL' : 'ok  '}  ${file}  ${passed.length} laws, ${ms} ms`]
  if (verbose) for (const law of passed) lines.push(`      + ${law.title}  ${law.ms} ms`)
  for (const title of skipped) lines.push(`      ~ skipped: ${title}`)
  for (const title of failed) lines.push(`      x ${title}`)
  if (failed.length > 0) lines.push(output.replaceAll(/^/gm, '      | '))
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** Prints what took longest, what failed and the last line; answers how many laws failed. */
function summarize(results: readonly SpecResult[]): number {
  const sum = (count: (result: SpecResult) => number): number =>
    results.reduce((total, result) => total + count(result), 0)
  const failed = sum((result) => result.failed.length)
  const skipped = sum((result) => result.skipped.length)
  const broken = results.filter((result) => result.failed.length > 0)
  if (results.length > SLOWEST) {
    const slowest = [...results].sort((a, b) => b.ms - a.ms).slice(0, SLOWEST)
    for (const { file, ms } of slowest) process.stdout.write(`slow  ${file}  ${ms} ms\n`)
  }
  if (results.length > 1) for (const { file } of broken) process.stdout.write(`FAIL  ${file}\n`)
  const skips = skipped > 0 ? `, ${skipped} skipped` : ''
  process.stdout.write(`\n${sum((it) => it.passed.length)} passed, ${failed} failed${skips}\n`)
  return failed
}

/** How long each file took last time, ms; files not seen yet count as long. */
function readTimes(): Times {
  try {
    return JSON.parse(readFileSync(timesFile, 'utf8')) as Times // written below
  } catch {
    return {} // Not there yet, or cut off: only the order depends on it.
  }
}

const timeOf = (times: Times, file: string): number => times[file] ?? Number.MAX_SAFE_INTEGER

function writeTimes(times: Times): void {
  mkdirSync(new URL('.', timesFile), { recursive: true })
  writeFileSync(timesFile, JSON.stringify(times))
}

// Without these it would end at once, and neither what it started nor what is temporary with it.
process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))
await main()
