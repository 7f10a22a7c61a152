// A full engine and a full disk: who reads goes on, who writes is told to try later, and when there is
// room again everything goes on by itself.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import { openLmdb } from '#stores/engine/lmdb'
import { appendTo, readAll } from '../../contracts/broker-kit.ts'
import { smallDisk } from '../../kit/small-disk.ts'
import { tempDir } from '../../kit/temp-dir.ts'
import { directoryBroker } from '../log/brokers.ts'

const MIB = 1024 * 1024

for (const durability of ['os', 'fsync'] as const) {
  test(`a full log refuses appends until a topic is dropped (${durability})`, async () => {
    const broker = directoryBroker(tempDir(), { durability, bytesMax: 8 * MIB })
    await broker.topics.ensure({ name: 'big', partitions: 1 })
    await broker.topics.ensure({ name: 'small', partitions: 1 })
    const big = appendTo('big', 0, [`k=${'x'.repeat(MIB / 4)}`])
    const stored = await fill(() => broker.producer().append([big]), 'LOG_FULL')
    assert.ok(stored >= 24, `${stored} appends fitted`)
    assert.is(readAll(broker, 'big').length, stored)
    const small = appendTo('small', 0, ['a=1'])
    const error = await broker
      .producer()
      .append([small])
      .catch((thrown: unknown) => thrown)
    assert.ok(isMillraceError(error, 'LOG_FULL') && error.retry === 'later')
    await broker.topics.drop('big')
    await broker.producer().append([small])
    assert.equal(readAll(broker, 'small'), ['0 a=1'])
    assert.ok(broker.usage().usedBytes < MIB)
    await broker.close()
  })
}

test('a refused body of a full engine spoils none that frees', async () => {
  const engine = openLmdb({
    directory: tempDir(),
    kind: 'log',
    durability: 'os',
    bytesMax: 2 * MIB,
  })
  const table = engine.table('t')
  let keys = 0
  const put = () => {
    keys++
    table.put(utf8(`k${keys}`), new Uint8Array(MIB / 4))
  }
  await fill(() => engine.commit(put), 'LOG_FULL')
  const outcomes = await Promise.allSettled([
    engine.commit(() => table.put(utf8('refused'), utf8('1'))),
    engine.commit(() => table.clear(), { passesLimit: true }),
  ])
  assert.equal(
    outcomes.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  )
  await engine.commit(() => table.put(utf8('kept'), utf8('1')))
  assert.is(table.count(), 1)
  await engine.close()
})

test('a full log takes no records, and all that members and commands say to one another', async () => {
  const broker = directoryBroker(tempDir(), { durability: 'os', bytesMax: 2 * MIB })
  await broker.topics.ensure({ name: 'big', partitions: 1 })
  const big = appendTo('big', 0, [`k=${'x'.repeat(MIB / 4)}`])
  await fill(() => broker.producer().append([big]), 'LOG_FULL')
  const revision = await broker.keys.put('app/hosts/one', utf8('here'), { ttlMs: 60_000 })
  await broker.keys.put('app/hosts/one', utf8('still here'), { expect: revision })
  const stop = await broker.bus.serve('one', async (question) => utf8(fromUtf8(question)))
  assert.is(fromUtf8(await broker.bus.request('one', utf8('well?'), 60_000)), 'well?')
  await stop()
  await broker.keys.remove('app/hosts/one')
  assert.is(await broker.keys.get('app/hosts/one'), null)
  await broker.close()
})

const small = smallDisk(12)

if (small === null) {
  process.stdout.write('skipped: a full disk needs the right to mount a small one (root)\n')
  test.skip('a full disk refuses appends and goes on when there is room (no right to mount)')
} else {
  const disk = small.directory

  test('a full disk refuses appends, readers go on, and so do writers when there is room', async () => {
    const ballast = join(disk, 'ballast')
    writeFileSync(ballast, new Uint8Array(6 * MIB))
    const broker = directoryBroker(join(disk, 'log'), { durability: 'fsync' })
    await broker.topics.ensure({ name: 'big', partitions: 1 })
    const big = appendTo('big', 0, [`k=${'x'.repeat(MIB / 4)}`])
    const stored = await fill(() => broker.producer().append([big]), 'DISK_FULL')
    assert.ok(stored > 0)
    assert.is(readAll(broker, 'big').length, stored)
    const error = await broker
      .producer()
      .append([big])
      .catch((thrown: unknown) => thrown)
    assert.ok(isMillraceError(error, 'DISK_FULL') && error.retry === 'later', String(error))
    rmSync(ballast)
    const bases = await broker.producer().append([big])
    assert.equal(bases, [stored])
    assert.is(readAll(broker, 'big').length, stored + 1)
    await broker.close()
    const again = directoryBroker(join(disk, 'log'))
    assert.is(readAll(again, 'big').length, stored + 1)
    await again.close()
  })
  test.after(() => small.release())
}

/** Calls until it is refused with `code`; answers how often it went through. */
async function fill(write: () => Promise<unknown>, code: string): Promise<number> {
  for (let count = 0; count < 1_000; count++) {
    try {
      await write()
    } catch (error) {
      assert.ok(isMillraceError(error, code), `${code}, not ${String(error)}`)
      return count
    }
  }
  throw new Error('it never got full')
}

test.run()
