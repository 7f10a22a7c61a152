// Which head of its file LMDB goes by after a start of the machine, and that a look at the file goes by it too.

import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import { openLmdb } from '#stores/engine/lmdb'
import { bootId, inspectFile } from '#stores/engine/lmdb-file'
import { tempDir } from '../../kit/temp-dir.ts'

const PAGE = 4096
const HEAD = 24
const FLAGS_AT = HEAD + 28
const MAIN_ROOT_AT = HEAD + 112
const LAST_PAGE_AT = HEAD + 120
const TRANSACTION_AT = HEAD + 128
const BOOT_AT = HEAD + 136
const UNFLUSHED = 0x1000

/** A head that speaks of pages that never came to the disk, of a transaction after the newest. */
async function logWithTornHead(boot: bigint): Promise<string> {
  const directory = tempDir()
  const engine = openLmdb({ directory, kind: 'log', durability: 'fsync' })
  const table = engine.table('t')
  await engine.commit(() => table.put(utf8('k'), utf8('kept')))
  await engine.close()
  const file = openSync(join(directory, 'data.mdb'), 'r+')
  const heads = [0, 1].map((page) => {
    const head = Buffer.alloc(HEAD + 144)
    readSync(file, head, 0, head.length, page * PAGE)
    return head
  })
  const newest = Math.max(...heads.map((head) => Number(head.readBigUInt64LE(TRANSACTION_AT))))
  const torn = heads[newest & 1] as Buffer
  torn.writeUInt16LE(torn.readUInt16LE(FLAGS_AT) | UNFLUSHED, FLAGS_AT)
  torn.writeBigUInt64LE(70_000n, MAIN_ROOT_AT)
  torn.writeBigUInt64LE(80_000n, LAST_PAGE_AT)
  torn.writeBigInt64LE(boot, BOOT_AT)
  // Both heads, as a system may flush one and then the other.
  for (const transaction of [newest + 1, newest + 2]) {
    torn.writeBigUInt64LE(BigInt(transaction), TRANSACTION_AT)
    torn.writeBigUInt64LE(BigInt(transaction & 1), 0)
    writeSync(file, torn, 0, torn.length, (transaction & 1) * PAGE)
  }
  closeSync(file)
  return directory
}

test('after a start of the machine a head that was not flushed is passed over, and what was flushed is there', async () => {
  const directory = await logWithTornHead(0x1234n)
  const { damage } = inspectFile(join(directory, 'data.mdb'), { isDeep: true })
  assert.equal(damage, [])
  const engine = openLmdb({ directory, kind: 'log', durability: 'fsync' })
  const table = engine.table('t')
  assert.equal(fromUtf8(table.get(utf8('k')) ?? utf8('')), 'kept')
  await engine.commit(() => table.put(utf8('k'), utf8('changed')))
  await engine.close()
  assert.equal(inspectFile(join(directory, 'data.mdb'), { isDeep: true }).damage, [])
})

const boot = bootId()?.split('-')[0]
const title =
  'while the machine runs a head counts before it is flushed, and damage below it is told'
if (boot === undefined) test.skip(`${title} (skipped: this system has no boot id)`)
else {
  test(title, async () => {
    const directory = await logWithTornHead(BigInt(`0x${boot}`))
    const before = readFileSync(join(directory, 'data.mdb'))
    assert.throws(
      () => openLmdb({ directory, kind: 'log', durability: 'fsync' }),
      (error: unknown) => isMillraceError(error, 'LOG_DAMAGED'),
    )
    assert.ok(before.equals(readFileSync(join(directory, 'data.mdb'))), 'nothing was written')
  })
}

test.run()
