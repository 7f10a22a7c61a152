// How a host process begins and ends: from a TypeScript manifest, with threads and without, asked once
// to end and asked twice.

import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { decodeMember, hostKey } from '#protocols/messages/membership'
import { brokerLocation } from '#runtime/process/broker-location'
import { openBroker } from '#runtime/process/open-broker'
import { RecordWriter } from '#runtime/process/record-writer'
import { DOOR, HostProcess, millrace } from '../kit/host-process.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { within } from '../kit/within.ts'

const NEVER_MS = 60_000

/** A folder with a topology that stands still for ever at the record `stop`, and a manifest of it. */
function folder(workers: number): string {
  const directory = tempDir()
  const flag = JSON.stringify(join(directory, 'flag'))
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
  const module = [
    "import { writeFileSync } from 'node:fs'",
    `import { serde, topic, topology } from '${DOOR}'`,
    "import { greeted } from './greeted.ts'",
    'const stand = () => {',
    `  writeFileSync(${flag}, '')`,
    '  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
    '}',
    "export const copy = topology('copy', (t) => t.stream(topic('in', { value: serde.string() }))",
    "  .mapValues((text: string) => { if (text === 'stop') stand(); return text })",
    '  .mapValues(greeted)',
    // Nobody loads it before the first record comes.
    "  .mapAsync(async (text) => (await import('./late.ts')).late(text), { store: 'park' })",
    "  .to(topic('out', { value: serde.string() })))",
  ]
  writeFileSync(join(directory, 'copy.ts'), module.join('\n'))
  for (const [name, end] of [
    ['greeted', ' to you'],
    ['late', ', at last'],
  ]) {
    const lines = `export const ${name} = (text: string): string => text + '${end}'`
    writeFileSync(join(directory, `${name}.ts`), lines)
  }
  const manifest = [
    `import type { Manifest } from '${DOOR}'`,
    'export default {',
    `  application: 'a', broker: 'file:./data', host: 'one', partitions: 1, workers: ${workers},`,
    "  log: 'error', actors: [{ topology: './copy.ts' }],",
    '} satisfies Manifest',
  ]
  writeFileSync(join(directory, 'manifest.ts'), manifest.join('\n'))
  return directory
}

const send = async (directory: string, text: string): Promise<void> => {
  const broker = openBroker(brokerLocation('file:data', directory))
  const writer = new RecordWriter(broker.producer(), 'in', 1)
  writer.add({ key: null, value: utf8(text), time: 0, headers: [] })
  await writer.flush()
  await broker.close()
}

for (const workers of [0, 1, 2]) {
  test(`a TypeScript manifest with ${workers} threads runs, and ends with 0 when it is asked to`, async () => {
    const directory = folder(workers)
    const host = new HostProcess(join(directory, 'manifest.ts'))
    await host.ready()
    await send(directory, 'hello')
    const args = ['consume', 'out', '--from-beginning', '--limit', '1', '--manifest', 'manifest.ts']
    assert.is((await millrace(args, '', directory)).stdout, '~\thello to you, at last\n')
    await host.signal(workers === 1 ? 'SIGINT' : 'SIGTERM')
    assert.is(await host.exit, 0)
    assert.equal(host.log, [])
  })
}

test('a host goes on when nobody reads what it says, and leaves when it is asked to', async () => {
  const directory = folder(0)
  const host = new HostProcess(join(directory, 'manifest.ts'))
  host.child.stdout?.destroy()
  host.child.stderr?.destroy()
  const status = ['status', '--json', '--manifest', 'manifest.ts']
  for (;;) {
    const { code, stdout } = await millrace(status, '', directory)
    if (code === 0 && JSON.parse(stdout).tasks.running === 1) break
    assert.is(host.child.exitCode, null, 'the host runs')
  }
  await host.signal('SIGTERM')
  assert.is(await host.exit, 0)
  assert.not(existsSync(join(directory, 'data', 'doors', 'a', 'one')))
})

test('a host that cannot close a task ends at once when it is asked a second time', async () => {
  const directory = folder(1)
  const host = new HostProcess(join(directory, 'manifest.ts'))
  await host.ready()
  await send(directory, 'stop')
  await within(NEVER_MS, 'it stands still', appears(join(directory, 'flag')))
  const broker = openBroker(brokerLocation('file:data', directory))
  const drains = new Promise<void>((resolve) => {
    const unwatch = broker.keys.watch('a/hosts/', async () => {
      const found = await broker.keys.get(hostKey('a', 'one'))
      if (found === null || decodeMember(found.value).state !== 'draining') return
      unwatch()
      resolve()
    })
  })
  host.child.kill('SIGINT')
  await within(NEVER_MS, 'it drains', drains)
  host.child.kill('SIGINT')
  const code = await within(NEVER_MS, 'it ends', host.exit)
  // A shell hears the same of both: by the signal where a write was under way.
  assert.ok(code === 130 || host.child.signalCode === 'SIGINT', `it ended with ${code}`)
  await broker.close()
})

async function appears(file: string): Promise<void> {
  while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 20))
}

test.run()
