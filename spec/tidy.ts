// The shape of the repository, checked: what neither the compiler nor the linter can say. Every fault
// is a sentence with the place in front and how to mend it at the end; any fault ends with 1.

import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readMarkdown } from './kit/markdown.ts'
import { readSource, type SourceFile } from './kit/source-file.ts'

const root = new URL('../', import.meta.url)

const ROOMS = ['protocols', 'stores', 'actors', 'runtime', 'spec']
const BESIDE = ['node_modules', 'dist', 'data']
const LINES_MAX = 500
/** Modules of the rooms without a spec of the same path. The number may only fall. */
const UNPROVED_MAX = 55

/** Folders in which nothing waits: a record is one synchronous descent (decision 0002). */
const QUIET = ['actors/topology/', 'actors/operators/', 'stores/cache/', 'stores/keyvalue/']
/** What the machine offers and actors must be given instead. */
const MACHINE = new Set([
  'Date.now',
  'Math.random',
  'performance',
  'process',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
])
/** Where alone a package may be imported, beside spec. */
const FENCES: Readonly<Record<string, string>> = {
  nats: 'protocols/',
  protobufjs: 'protocols/',
  avsc: 'protocols/serdes/',
  lmdb: 'stores/engine/',
  xstate: 'actors/',
  'prom-client': 'runtime/telemetry/',
  '@opentelemetry/api': 'runtime/telemetry/',
  tsx: 'runtime/',
  uvu: 'spec/',
  'fast-check': 'spec/',
}
/** Folders that know nothing of others in the same room. */
const WALLS: readonly (readonly [folder: string, stranger: RegExp])[] = [
  ['actors/operators/', /\/(kernel|task|host|coordinator)\//],
  ['actors/topology/', /\/(kernel|task|host|coordinator|operators)\//],
  ['actors/kernel/', /^(#stores|\.\.\/)|^#protocols\/(?!core\/)/],
  ['runtime/dsl/', /^#actors\/(?!operators|topology|keyed)|^#stores\/(?!store$)/],
]
/** Words of the glossary's last column that mean nothing else in the product, and the better ones. */
const AVOIDED = new Map([
  ['watermark', 'stream time'],
  ['sequence', 'offset'],
  ['job', 'task'],
  ['jobs', 'tasks'],
])
const NAMELESS = /^(utils?|helpers?|common|types|misc|index)\.ts$/
const DOORS = ['runtime/index.ts']

type Report = (path: string, line: number, sentence: string) => void

function main(): void {
  let faults = 0
  const report: Report = (path, line, sentence) => {
    faults++
    process.stdout.write(`${path}${line > 0 ? `:${line}` : ''}  ${sentence}\n`)
  }
  checkRoot(report)
  const sources = ROOMS.flatMap(filesOf).map((path) => readSource(root, path))
  for (const source of sources) checkSource(source, report)
  checkMirror(sources, report)
  checkLinks(report)
  const verdict = faults === 0 ? 'tidy' : `${faults} ${faults === 1 ? 'fault' : 'faults'}`
  process.stdout.write(`${sources.length} source files, ${verdict}\n`)
  process.exitCode = faults === 0 ? 0 : 1
}

function checkRoot(report: Report): void {
  const folders = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
  for (const folder of folders) {
    if (ROOMS.includes(folder) || BESIDE.includes(folder)) continue
    report(folder, 0, 'is not a room: there are five. Decisions, guide and examples live in spec/')
  }
  for (const room of ROOMS) {
    if (!folders.includes(room)) report(room, 0, 'is missing. The five rooms stay five')
  }
}

function checkSource(source: SourceFile, report: Report): void {
  checkForm(source, report)
  checkImports(source, report)
  if (QUIET.some((folder) => source.path.startsWith(folder))) {
    for (const { name, line } of source.waits) {
      const sentence = `'${name}' in the quiet middle: nothing here waits (decision 0002)`
      report(
        source.path,
        line,
        `${sentence}. Do it in the task, or let the result return as a message`,
      )
    }
  }
  if (source.path.startsWith('actors/')) {
    for (const { name, line } of source.uses) {
      if (!MACHINE.has(name)) continue
      report(source.path, line, `actors do not use '${name}'. Take a port: protocols/core/clock.ts`)
    }
  }
  if (!source.path.startsWith('spec/')) checkWords(source, report)
}

function checkWords({ path, uses }: SourceFile, report: Report): void {
  for (const { name, line } of uses) {
    for (const word of name.split(/(?=[A-Z])|[._]/)) {
      const better = AVOIDED.get(word.toLowerCase())
      if (better !== undefined) report(path, line, `'${name}': say '${better}'. See GLOSSARY.md`)
    }
  }
}

function checkForm({ path, lines, text }: SourceFile, report: Report): void {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const first = lines[0]?.startsWith('#!') === true ? lines[1] : lines[0]
  if (first?.startsWith('// ') !== true) {
    report(path, 1, 'has no header. Open with 3 to 12 lines: what it is, what it promises')
  }
  if (lines.length > LINES_MAX) {
    report(path, lines.length, `has more than ${LINES_MAX} lines. Look for the second idea in it`)
  }
  if (NAMELESS.test(name) && !DOORS.includes(path)) {
    report(path, 0, 'has a name that says nothing. Name it for its main export')
  }
  if (!/^[a-z0-9]+([.-][a-z0-9]+)*\.(ts|mjs)$/.test(name)) {
    report(path, 0, 'is not in kebab-case. Rename it')
  }
  const marker = /\b(TODO|FIXME|XXX)\b/.exec(path === 'spec/tidy.ts' ? '' : text)
  if (marker !== null) {
    const line = text.slice(0, marker.index).split('\n').length
    report(path, line, `${marker[0]} in code. Do it, or write a decision or an issue`)
  }
}

function checkImports({ path, imports }: SourceFile, report: Report): void {
  for (const { name, line } of imports) {
    const [home] = Object.entries(FENCES).find(([pack]) => isOf(name, pack)) ?? []
    const fence = home === undefined ? undefined : FENCES[home]
    if (fence !== undefined && !path.startsWith(fence) && !path.startsWith('spec/')) {
      report(path, line, `only ${fence} knows ${home}. Stand on a port instead`)
    }
    if (path.startsWith('actors/') && name.startsWith('node:')) {
      report(path, line, `actors touch nothing of the machine, not ${name}. Take a port`)
    }
    for (const [folder, stranger] of WALLS) {
      if (!path.startsWith(folder) || !stranger.test(name)) continue
      report(path, line, `${folder} knows nothing of ${name}. Pass in what is needed`)
    }
  }
}

/** A module of a room has a spec of the same path, or several that split it by question. */
function checkMirror(sources: readonly SourceFile[], report: Report): void {
  const specs = sources.filter(({ path }) => path.endsWith('.spec.ts')).map(({ path }) => path)
  const unproved = sources
    .filter(({ path, hasCode }) => hasCode && !path.startsWith('spec/'))
    .map(({ path }) => path.replace(/\.(ts|mjs)$/, ''))
    .filter(
      (path) => !specs.some((spec) => isOf(spec.replace(/\.spec\.ts$/, ''), `spec/${path}`, '.')),
    )
  if (unproved.length > UNPROVED_MAX) {
    const sentence = `${unproved.length} modules have no spec of the same path, ${UNPROVED_MAX} may`
    report('spec/tidy.ts', 0, `${sentence}. Write one for yours: ${unproved.join(', ')}`)
  } else if (unproved.length < UNPROVED_MAX) {
    report('spec/tidy.ts', 0, `fewer modules lack a spec: lower UNPROVED_MAX to ${unproved.length}`)
  }
}

function checkLinks(report: Report): void {
  const pages = readdirSync(root).filter((name) => name.endsWith('.md'))
  const inside = readdirSync(new URL('spec', root), { encoding: 'utf8', recursive: true })
  pages.push(...inside.filter((name) => name.endsWith('.md')).map((name) => `spec/${name}`))
  for (const page of pages) {
    for (const { target, line } of readMarkdown(root, page).links) {
      const file = join(fileURLToPath(root), dirname(page), target)
      if (!existsSync(file)) report(page, line, `links to ${target}, which is not there. Mend it`)
    }
  }
}

function filesOf(room: string): string[] {
  return readdirSync(new URL(room, root), { encoding: 'utf8', recursive: true })
    .map((file) => `${room}/${file.replaceAll('\\', '/')}`)
    .filter((file) => /\.(ts|mjs)$/.test(file))
    .sort()
}

const isOf = (name: string, whole: string, separator = '/'): boolean =>
  name === whole || name.startsWith(`${whole}${separator}`)

main()
