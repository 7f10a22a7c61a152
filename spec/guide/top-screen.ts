// Prints what `millrace top` shows of two hosts at work, a tab after another: where the screen in the
// guide comes from. `npm run -s ts -- spec/guide/top-screen.ts`

import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { WordHosts } from '../journeys/word-hosts.ts'
import { HostProcess } from '../kit/host-process.ts'
import { PseudoTerminal } from '../kit/pseudo-terminal.ts'

const command = fileURLToPath(new URL('../../runtime/cli/millrace.ts', import.meta.url))
const argv = [
  process.execPath,
  '--import',
  import.meta.resolve('tsx'),
  '--conditions=source',
  command,
]

const { world, host: one } = await WordHosts.start('one', { standbys: 1 })
const two = new HostProcess(world.manifest, ['--id', 'two'])
await two.ready()
const top = new PseudoTerminal(`${argv.map((it) => `'${it}'`).join(' ')} top`, {
  cwd: world.directory,
})
await top.until('both hosts, well', /^ words {2}well[\s\S]*two +active/)
let isFed = true
const feeding = (async () => {
  while (isFed) {
    await world.feed(200 + Math.floor(Math.random() * 400))
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
})()
for (const [key, tab] of [...'12345'].map((key) => [key, new RegExp(`\\[${key} `)] as const)) {
  top.type(key)
  await top.until(`tab ${key}`, tab)
  await new Promise((resolve) => setTimeout(resolve, 6000))
  const screen = top.screen.map((line) => line.trimEnd()).join('\n')
  process.stdout.write(`${'-'.repeat(80)}\n${screen}\n`)
}
isFed = false
await feeding
const { length } = top.written
await new Promise((resolve) => setTimeout(resolve, 10_000))
process.stderr.write(`at rest ${((top.written.length - length) / 10).toFixed(0)} bytes a second\n`)
top.type('q')
await top.ended
await Promise.all([one, two].map((host) => host.signal('SIGTERM')))
await world.close()
process.exit()
