// An engine that has no room to begin in: LMDB would end the process at its first touch of a page that
// the disk has not, or leave half of a head.

import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import { type LmdbOptions, openLmdb } from '#stores/engine/lmdb'
import { layFiles } from '#stores/engine/lmdb-room'
import { smallDisk } from '../../kit/small-disk.ts'
import { tempDir } from '../../kit/temp-dir.ts'

const MIB = 1024 * 1024
const small = smallDisk(12)

if (small === null) {
  test.skip('an engine without room to begin is refused, and begins later (no right to mount)')
} else {
  const disk = small.directory

  for (const kind of ['log', 'store'] as const) {
    test(`a ${kind} that has no room to begin in is refused, and begins when there is room`, async () => {
      const directory = join(disk, kind)
      const ballast = join(disk, 'ballast')
      const options = {
        directory,
        kind,
        durability: kind === 'log' ? 'os' : 'rebuildable',
      } as const
      for (const pages of [0, 1, 2, 3, 4, 6, 40, 300]) {
        writeFileSync(ballast, new Uint8Array(12 * MIB - pages * 4096))
        const refused = await begin(options).catch((error: unknown) => error)
        assert.ok(refused === null || isMillraceError(refused, 'DISK_FULL'), String(refused))
        rmSync(ballast)
        assert.is(await begin(options), null)
        assert.equal(readdirSync(directory).sort(), ['data.mdb', 'lock.mdb', 'millrace.json'])
        rmSync(directory, { recursive: true })
      }
    })
  }

  test.after(() => small.release())
}

test('a lock file has its pages when it is mapped, and one that is there is left alone', () => {
  const directory = tempDir()
  const path = join(directory, 'lock.mdb')
  layFiles(directory)
  const { size, blocks } = statSync(path)
  assert.ok(size > 0 && blocks * 512 >= size, `${blocks} blocks for ${size} bytes`)
  writeFileSync(path, 'somebody has it')
  layFiles(directory)
  assert.is(statSync(path).size, 'somebody has it'.length)
  assert.equal(readdirSync(directory), ['lock.mdb'])
})

/** Opens it, writes and closes; null says that this went well. */
async function begin(options: LmdbOptions): Promise<null> {
  const engine = openLmdb(options)
  try {
    const table = engine.table('t')
    engine.transact(() => table.put(utf8('k'), utf8('v')))
    return null
  } finally {
    await engine.close()
  }
}

test.run()
