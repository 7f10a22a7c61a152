// A check of a log reads its snapshots too; a repair removes what is not what was stored.

import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { openLmdb } from '#stores/engine/lmdb'
import { checkLog } from '#stores/log/check-log'
import { openTables } from '#stores/log/layout'
import { repairLog } from '#stores/log/repair-log'
import { claimOf } from '../../contracts/broker-kit.ts'
import { tempDir } from '../../kit/temp-dir.ts'
import { directoryBroker } from './brokers.ts'

const task = claimOf('h1')

/** A log with a snapshot of seven bytes, and its file. */
async function someLog(): Promise<{ directory: string; file: string }> {
  const directory = tempDir()
  const broker = directoryBroker(directory)
  const { head: covers } = await broker.claim(task)
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield utf8('a state')
  }
  const stored = await broker.snapshots?.put(task, { covers, logged: 0, shape: [] }, bytes())
  await broker.close()
  return { directory, file: join(directory, 'snapshots', stored?.id ?? '') }
}

test('a snapshot that is what was stored is counted', async () => {
  const { directory } = await someLog()
  const { isSound, snapshots, snapshotBytes } = await checkLog(directory)
  assert.equal([isSound, snapshots, snapshotBytes], [true, 1, 7])
})

test('one that is not is reported with its task, and removed by a repair that loses nothing', async () => {
  const { directory, file } = await someLog()
  writeFileSync(file, 'A state')
  const { isSound, problems } = await checkLog(directory)
  assert.equal([isSound, problems.map(({ code }) => code)], [false, ['SNAPSHOT_DAMAGED']])
  assert.match(problems[0]?.where ?? '', 'app.flow.count.changelog/0')
  const repair = await repairLog(directory)
  assert.equal([repair.isSound, repair.lost], [true, []])
  assert.equal(readdirSync(join(directory, 'snapshots')), [])
  assert.is((await checkLog(directory)).snapshots, 0)
})

test('a row that cannot be read is reported, and removed by a repair', async () => {
  const { directory } = await someLog()
  const engine = openLmdb({ directory, kind: 'log', durability: 'os' })
  const { snapshots } = openTables(engine)
  engine.transact(() => {
    for (const { key } of [...snapshots.range()]) snapshots.put(key, utf8('{'))
  })
  await engine.close()
  const { problems } = await checkLog(directory)
  assert.equal(
    problems.map(({ what }) => what),
    ['its row cannot be read'],
  )
  assert.is((await repairLog(directory)).isSound, true)
})

test('one that is gone is no damage: a copy of a log comes without', async () => {
  const { directory, file } = await someLog()
  rmSync(file)
  const { isSound, snapshots } = await checkLog(directory)
  assert.equal([isSound, snapshots], [true, 0])
})

test.run()
