// What is on the disk when the power fails: pages before the head that tells of them, and the head before the
// acknowledgement.

import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EMPTY, fromUtf8, utf8 } from '#protocols/core/bytes'
import type { CommitOptions, Engine } from '#stores/engine/engine'
import { openLmdb } from '#stores/engine/lmdb'
import { inspectFile } from '#stores/engine/lmdb-file'
import { LossyDisk } from '../../kit/lossy-disk.ts'

const ROUNDS = 3
const PAGES = 200
const MIB = 64
const value = new Uint8Array(3000)

const opened = (disk: LossyDisk): Engine =>
  openLmdb({ directory: join(disk.directory, 'log'), kind: 'log', durability: 'fsync' })

async function commitMuch(engine: Engine, name: string, options: CommitOptions): Promise<void> {
  const [pages, facts] = [engine.table('pages'), engine.table('facts')]
  await engine.commit(() => {
    facts.put(utf8('newest'), utf8(name))
    for (let page = 0; page < PAGES; page++) pages.put(utf8(`${name} ${page}`), value)
  }, options)
}

/** The machine loses its power and starts again: the name of the newest commit that is there. */
async function newestAfterLoss(engine: Engine, disk: LossyDisk): Promise<string> {
  disk.keep()
  await engine.close()
  disk.losePower()
  const { damage } = inspectFile(join(disk.directory, 'log', 'data.mdb'), { isDeep: true })
  assert.equal(damage, [])
  const again = opened(disk)
  const newest = fromUtf8(again.table('facts').get(utf8('newest')) ?? EMPTY)
  await again.close()
  return newest
}

function law(title: string, onDisk: (disk: LossyDisk) => Promise<void>): void {
  const disk = LossyDisk.of(MIB)
  if (disk === null) return test.skip(`${title} (skipped: no right to mount a file as a disk)`)
  test(title, () => onDisk(disk).finally(() => disk.release()))
}

law('when a head is on the disk, so is everything it tells of', async (disk) => {
  for (let round = 0; round < ROUNDS; round++) {
    const engine = opened(disk)
    await commitMuch(engine, `round ${round}`, { isTransient: true })
    disk.flushHeads()
    assert.is(await newestAfterLoss(engine, disk), `round ${round}`)
  }
})

law('what was acknowledged is on the disk, and its head is', async (disk) => {
  for (let round = 0; round < ROUNDS; round++) {
    const engine = opened(disk)
    await commitMuch(engine, `round ${round}`, {})
    assert.is(await newestAfterLoss(engine, disk), `round ${round}`)
  }
})

law('what was seen and not flushed may be lost, and nothing before it is', async (disk) => {
  const engine = opened(disk)
  await commitMuch(engine, 'flushed', {})
  await commitMuch(engine, 'seen', { isTransient: true })
  assert.ok(['flushed', 'seen'].includes(await newestAfterLoss(engine, disk)))
})

test.run()
