// Hosts that have no room left, under load: who writes is told, nothing that was acknowledged is lost, and
// all goes on by itself when there is room again.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { hostKey } from '#protocols/messages/membership'
import { appendTo } from '../contracts/broker-kit.ts'
import { NEVER_MS } from '../kit/host-group.ts'
import { type HostProcess, millrace } from '../kit/host-process.ts'
import { type SmallDisk, smallDisk } from '../kit/small-disk.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { within } from '../kit/within.ts'
import { APPLICATION, WordHosts } from './word-hosts.ts'

const MIB = 1024 * 1024

/** A law about a disk of so many MiB, of which `left` are left. */
function onSmallDisk(title: string, law: (disk: FullDisk) => Promise<void>): void {
  const disk = smallDisk(64)
  if (disk === null) return test.skip(`${title} (skipped: no right to mount a small disk)`)
  test(title, () => law(new FullDisk(disk)))
  test.after(() => disk.release())
}

class FullDisk {
  readonly directory: string
  readonly #ballast: string

  constructor({ directory }: SmallDisk) {
    this.directory = directory
    this.#ballast = join(directory, 'ballast')
  }

  /** Leaves so much of it. */
  leave(mib: number): void {
    writeFileSync(this.#ballast, new Uint8Array((64 - mib) * MIB))
  }

  free(): void {
    rmSync(this.#ballast)
  }
}

onSmallDisk(
  'a host whose disk was full goes on by itself, and counts every word once',
  async (disk) => {
    disk.leave(6)
    const { world, host } = await WordHosts.start('one', {}, disk.directory)
    try {
      await within(NEVER_MS, 'nothing more goes in', fill(world, [200, 1], 'DISK_FULL'))
      await said(host, 'DISK_FULL')
      disk.free()
      await isExact(world, host)
      const checked = await millrace(['log', 'check', join(disk.directory, 'data')])
      assert.is(checked.code, 0, checked.stdout)
    } finally {
      await world.close()
    }
  },
)

onSmallDisk(
  'a host without room for the state of its tasks waits for it, and counts every word once',
  async (disk) => {
    disk.leave(0)
    const state = join(disk.directory, 'state')
    const { world, host } = await WordHosts.start('one', { state })
    try {
      await world.feed(1000)
      await said(host, 'DISK_FULL')
      disk.free()
      await isExact(world, host)
    } finally {
      await world.close()
    }
  },
)

test('a host whose log is as large as it may be stays a member, and goes on when there is room', async () => {
  const { world, host } = await WordHosts.start('one', {}, tempDir(), 32 * MIB)
  try {
    await world.broker.topics.ensure({ name: 'ballast', partitions: 1 })
    await world.broker.producer().append([appendTo('ballast', 0, ['x'.repeat(24 * MIB)])])
    await within(NEVER_MS, 'nothing more goes in', fill(world, [200, 1], 'LOG_FULL'))
    await said(host, 'LOG_FULL')
    const args = ['--app', APPLICATION, '--broker', world.data]
    assert.match((await millrace(['status', ...args])).stdout, /one/)
    await within(NEVER_MS, 'its record is renewed', renewed(world))
    assert.not.ok(host.log.some((line) => /HOST_EVICTED|COORDINATION_FAILED/.test(line)))
    await world.broker.topics.drop('ballast')
    await isExact(world, host)
  } finally {
    await world.close()
  }
})

/** Feeds more and more slowly, until nothing goes in. */
async function fill(world: WordHosts, steps: readonly number[], code: string): Promise<void> {
  for (const step of steps) {
    for (;;) {
      try {
        await world.feed(step)
      } catch (error) {
        assert.ok(isMillraceError(error, code), String(error))
        break
      }
    }
  }
}

async function said(host: HostProcess, text: string): Promise<void> {
  await within(NEVER_MS, `the host says ${text}`, host.says(text))
}

async function renewed(world: WordHosts): Promise<void> {
  const look = async () => (await world.broker.keys.get(hostKey(APPLICATION, 'one')))?.revision
  const before = await look()
  await world.watched(async () => (await look()) !== before)
}

/** What was refused goes in now, and all is counted once, by the same process. */
async function isExact(world: WordHosts, host: HostProcess): Promise<void> {
  await world.flush()
  await world.feed(500)
  await within(NEVER_MS, 'all is counted', world.updates.until(world.lines.words))
  await host.signal('SIGTERM')
  assert.is(await host.exit, 0)
  assert.equal(world.updates.wrong, [])
  assert.equal(world.updates.totals, world.lines.totals)
}

test.run()
