// make demo: word count on real text, from nothing to an answer. It does what a person would do with
// the command line: starts a host from the manifest beside this file, feeds it text while it watches
// the counts arrive, asks the store, looks at the supervision tree, and stops the host.
//
// The text is what every checkout has: the readmes and licences of this project and of the packages
// it stands on. The data directory is emptied first, so that the demo tells the same story each time.

import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../../../', import.meta.url))
const command = join(root, 'runtime/cli/millrace.ts')

function millrace(args: readonly string[], stdin: 'pipe' | 'ignore' = 'ignore'): ChildProcess {
  const argv = ['--import', 'tsx', '--conditions=source', command, ...args]
  return spawn(process.execPath, argv, { cwd: here, stdio: [stdin, 'pipe', 'inherit'] })
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function shows(line: string): void {
  say(`\n$ ${line}`)
}

async function main(): Promise<void> {
  rmSync(join(here, 'data'), { recursive: true, force: true })
  shows('millrace host millrace.yaml')
  const host = millrace(['host', 'millrace.yaml', '--log', 'warn'])
  try {
    say(await firstLine(host))
    const text = realText()
    const words = text.toLowerCase().split(/\W+/).filter(Boolean).length
    shows('millrace consume word-counts --from-beginning --value int64      # in another window')
    const counts = followCounts()
    shows(
      `millrace produce lines < text      # ${count(text.split('\n').length)} lines of real text`,
    )
    const fed = feed(text)
    await untilSeen(counts, words)
    await fed
    say(`  every one of ${count(words)} words counted, each once`)
    topTwenty(counts.totals)
    const [most = ['the', 0]] = ranked(counts.totals)
    await show('query', 'counts', most[0])
    await show('status')
    await show('tree')
    counts.stop()
  } finally {
    host.kill('SIGTERM')
    await ended(host)
  }
  say('\nThe host closed its tasks and left. Next: spec/guide/README.md')
}

/** Every readme and licence there is here. */
function realText(): string {
  const named = /^(readme|license|licence|changelog|contributing|glossary)([.-].*)?$/i
  const files = readdirSync(root, { recursive: true, encoding: 'utf8', withFileTypes: true })
  const texts = files
    .filter((file) => file.isFile() && named.test(file.name))
    .map((file) => join(file.parentPath, file.name))
    .filter((file) => !file.includes(`${here}data`))
    .sort()
  return texts.map((file) => readFileSync(file, 'utf8')).join('\n')
}

interface Counts {
  readonly totals: Map<string, number>
  updates: number
  stop(): void
}

/** Follows the output topic as any other program would. */
function followCounts(): Counts {
  const args = ['consume', 'word-counts', '--from-beginning', '--value', 'int64']
  const consumer = millrace(args)
  const counts: Counts = { totals: new Map(), updates: 0, stop: () => consumer.kill('SIGTERM') }
  createInterface({ input: streamOf(consumer) }).on('line', (line) => {
    const [word = '', total] = line.split('\t')
    counts.totals.set(word, Number(total))
    counts.updates++
  })
  return counts
}

/** Hands the text over line by line, as fast as it is taken. */
async function feed(text: string): Promise<void> {
  const producer = millrace(['produce', 'lines'], 'pipe')
  producer.stdin?.end(text)
  await ended(producer)
}

/** Tells how far the counts are, until every word was counted. */
async function untilSeen(counts: Counts, words: number): Promise<void> {
  const start = Date.now()
  const tell = (): void => {
    const seconds = ((Date.now() - start) / 1000).toFixed(1)
    const most = ranked(counts.totals).slice(0, 4)
    const some = most.map(([word, total]) => `${word} ${count(total)}`).join(', ')
    say(`  ${seconds.padStart(4)} s  ${count(counts.updates).padStart(9)} updates  ${some}`)
  }
  for (let told = -1; counts.updates < words; ) {
    await new Promise((resolve) => setTimeout(resolve, 250))
    if (counts.updates > 0 && counts.updates !== told) tell()
    told = counts.updates
  }
}

function ranked(totals: ReadonlyMap<string, number>): [string, number][] {
  return [...totals].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
}

function topTwenty(totals: ReadonlyMap<string, number>): void {
  const top = ranked(totals).slice(0, 20)
  const most = top[0]?.[1] ?? 1
  say('\nThe twenty most frequent words')
  for (const [word, total] of top) {
    const bar = '█'.repeat(Math.max(1, Math.round((total / most) * 40)))
    say(`  ${word.padEnd(14)} ${count(total).padStart(8)}  ${bar}`)
  }
}

async function show(...args: string[]): Promise<void> {
  shows(`millrace ${args.join(' ')}`)
  process.stdout.write(await output(...args))
}

async function output(...args: string[]): Promise<string> {
  const child = millrace(args)
  let text = ''
  for await (const chunk of streamOf(child)) text += String(chunk)
  await ended(child)
  return text
}

function streamOf(child: ChildProcess): NodeJS.ReadableStream {
  if (child.stdout === null) throw new Error('its output is piped')
  return child.stdout
}

async function firstLine(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: streamOf(child) })) return line
  throw new Error('the host ended before it was up')
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => resolve())
  })
}

const count = (value: number): string => value.toLocaleString('en')

await main()
