// State on disk that is not what the log says: of before, of another log, damaged, or in use by
// another host. It is made true or rebuilt, with a sentence, or refused. It is never misread.

import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NEVER_MS } from '../kit/host-group.ts'
import { HostProcess } from '../kit/host-process.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { within } from '../kit/within.ts'
import { WordHosts } from './word-hosts.ts'

const copy = (from: string, to: string): void => cpSync(from, to, { recursive: true })

/** A group with a host that counted so much and went; its state is beside its log. */
async function counted(lines: number): Promise<{ world: WordHosts; state: string }> {
  const state = join(tempDir(), 'state')
  const { world, host } = await WordHosts.start('one', { state })
  await count(world, lines)
  await host.signal('SIGTERM')
  return { world, state }
}

async function count(world: WordHosts, lines: number): Promise<void> {
  await world.feed(lines)
  await within(NEVER_MS, 'all is counted', world.updates.until(world.lines.words))
}

/** Counts on with a new host, and is exact at the end; answers what the host said. */
async function countsOn(world: WordHosts): Promise<readonly string[]> {
  const host = new HostProcess(world.manifest, ['--id', 'one'])
  await host.ready()
  await count(world, 500)
  await host.signal('SIGTERM')
  assert.is(await host.exit, 0, host.log.join('\n'))
  assert.equal(world.updates.wrong, [])
  assert.equal(world.updates.totals, world.lines.totals)
  return host.log
}

const untrusted = (log: readonly string[]): readonly string[] =>
  log.filter((line) => line.includes('STORE_UNTRUSTED'))

test('state of long before is brought up to the log', async () => {
  const { world, state } = await counted(500)
  copy(state, `${state}.old`)
  await countsOn(world)
  rmSync(state, { recursive: true })
  renameSync(`${state}.old`, state)
  assert.equal(untrusted(await countsOn(world)), [])
  await world.close()
})

test('state of another log is rebuilt and said so', async () => {
  const { world, state } = await counted(500)
  const other = await counted(700)
  await countsOn(other.world)
  await other.world.close()
  rmSync(state, { recursive: true })
  copy(other.state, state)
  const log = untrusted(await countsOn(world))
  assert.match(log.join('\n'), /not of this commit log, or newer than it/)
  await world.close()
})

test('state that is damaged is rebuilt and said so', async () => {
  const { world, state } = await counted(500)
  const harms = [(bytes: Buffer) => bytes.subarray(0, 5000), (bytes: Buffer) => bytes.fill(0x5a)]
  for (const harm of harms) {
    const counts = join(state, 'words/one/wordcount/counts')
    for (const partition of readdirSync(counts)) {
      const file = join(counts, partition, 'data.mdb')
      writeFileSync(file, harm(readFileSync(file)))
    }
    const log = untrusted(await countsOn(world))
    assert.match(log.join('\n'), /the state on disk is damaged/)
  }
  await world.close()
})

test('state that another process uses is refused, and the host that is named goes on', async () => {
  const state = join(tempDir(), 'state')
  const { world, host } = await WordHosts.start('one', { state })
  await count(world, 500)
  const refused = await WordHosts.start('one', { state }).catch((error: Error) => error.message)
  assert.match(String(refused), /STATE_IN_USE/)
  assert.match(String(refused), new RegExp(`process ${host.child.pid} uses the state of this host`))
  await count(world, 500)
  await host.signal('SIGTERM')
  assert.equal(world.updates.wrong, [])
  assert.equal(world.updates.totals, world.lines.totals)
  await world.close()
})

test.run()
