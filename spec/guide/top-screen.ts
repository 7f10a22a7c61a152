// Records what `millrace top` shows of hosts at work, one tab after another, while a third host comes and
// gets its part: the picture in the README. `npm run -s ts -- spec/guide/top-screen.ts spec/guide/top.svg`
// makes it again after `make dist`; without a file every tab is printed.

import { writeFileSync } from 'node:fs'
import process from 'node:process'
import { WordHosts } from '../journeys/word-hosts.ts'
import { COMMAND, HostProcess } from '../kit/host-process.ts'
import { PseudoTerminal } from '../kit/pseudo-terminal.ts'
import { type Picture, terminalSvg } from './terminal-svg.ts'

const BYTES_MAX = 100_000
const [, , file] = process.argv
const pictures: Picture[] = []

const { world, host: one } = await WordHosts.start('one', { standbys: 1 })
const hosts = [one, new HostProcess(world.manifest, ['--id', 'two'])]
await hosts[1]?.ready()
const top = new PseudoTerminal(`'${process.execPath}' '${COMMAND}' top`, {
  cwd: world.directory,
})
await top.until('both hosts, well', /^ words {2}well[\s\S]*two +active/)
let isFed = true
const feeding = (async () => {
  while (isFed) {
    await world.feed(200 + Math.floor(Math.random() * 400))
    await pause(150)
  }
})()

/** What is on the screen now, so many times; each stays as long as it was there. */
async function record(times: number, ms: number): Promise<void> {
  for (let n = 0; n < times; n++) {
    await pause(ms)
    pictures.push({ lines: top.painted, ms: n === times - 1 ? 2 * ms : ms })
  }
}

async function open(key: string): Promise<void> {
  top.type(key)
  await top.until(`tab ${key}`, new RegExp(`\\[${key} `))
  if (file !== undefined) return
  await pause(2000)
  const screen = top.screen.map((line) => line.trimEnd()).join('\n')
  process.stdout.write(`${'-'.repeat(80)}\n${screen}\n`)
}

// Sparklines have something to show by then.
await pause(12_000)
await open('1')
await record(2, 800)
await open('2')
await record(3, 800)
const three = new HostProcess(world.manifest, ['--id', 'three'])
hosts.push(three)
await three.ready()
await open('4')
await record(4, 500)
for (const [key, times] of [
  ...([
    ['1', 2],
    ['5', 1],
    ['3', 1],
    ['7', 1],
  ] as const),
]) {
  await open(key)
  await record(times, 1000)
}
await open('6')
isFed = false
await feeding
top.type('q')
await top.ended
await Promise.all(hosts.map((host) => host.signal('SIGTERM')))
await world.close()
if (file !== undefined) {
  const title =
    'millrace top: hosts, tasks, moves, stores, the supervision tree and events of a word count'
  const svg = terminalSvg(pictures, { title, still: 3 })
  if (svg.length > BYTES_MAX) throw new Error(`${svg.length} bytes are too many for a README`)
  writeFileSync(file, svg)
  process.stdout.write(`${file}: ${pictures.length} pictures, ${svg.length} bytes\n`)
}
process.exit()

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
