// Which head of its file LMDB goes by, and that a look at the file goes by it too.

import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EMPTY, fromUtf8, utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import { openLmdb } from '#stores/engine/lmdb'
import { inspectFile } from '#stores/engine/lmdb-file'
import { tempDir } from '../../kit/temp-dir.ts'

const PAGE = 4096
const HEAD = 24
const MAIN_ROOT_AT = HEAD + 112
const LAST_PAGE_AT = HEAD + 120
const TRANSACTION_AT = HEAD + 128

/** A log with a head that tells of pages that are not there, so many transactions from the newest. */
async function logWithWrongHead(distance: 1 | -1): Promise<string> {
  const directory = tempDir()
  const engine = openLmdb({ directory, kind: 'log', durability: 'fsync' })
  const table = engine.table('t')
  for (const value of ['a', 'b']) await engine.commit(() => table.put(utf8('k'), utf8(value)))
  await engine.close()
  const file = openSync(join(directory, 'data.mdb'), 'r+')
  const heads = [0, 1].map((page) => {
    const head = Buffer.alloc(HEAD + 144)
    readSync(file, head, 0, head.length, page * PAGE)
    return head
  })
  const newest = Math.max(...heads.map((head) => Number(head.readBigUInt64LE(TRANSACTION_AT))))
  const [wrong, at] = [heads[newest & 1] as Buffer, (newest + 1) & 1]
  wrong.writeBigUInt64LE(70_000n, MAIN_ROOT_AT)
  wrong.writeBigUInt64LE(80_000n, LAST_PAGE_AT)
  wrong.writeBigUInt64LE(BigInt(newest + distance), TRANSACTION_AT)
  wrong.writeBigUInt64LE(BigInt(at), 0)
  writeSync(file, wrong, 0, wrong.length, at * PAGE)
  closeSync(file)
  return directory
}

test('damage below the older head hurts nobody', async () => {
  const directory = await logWithWrongHead(-1)
  assert.equal(inspectFile(join(directory, 'data.mdb'), { isDeep: true }).damage, [])
  const engine = openLmdb({ directory, kind: 'log', durability: 'fsync' })
  const table = engine.table('t')
  assert.is(fromUtf8(table.get(utf8('k')) ?? EMPTY), 'b')
  await engine.commit(() => table.put(utf8('k'), utf8('c')))
  await engine.close()
  assert.equal(inspectFile(join(directory, 'data.mdb'), { isDeep: true }).damage, [])
})

test('damage below the newer head is told, and nothing is written', async () => {
  const directory = await logWithWrongHead(1)
  const before = readFileSync(join(directory, 'data.mdb'))
  assert.throws(
    () => openLmdb({ directory, kind: 'log', durability: 'fsync' }),
    (error: unknown) => isMillraceError(error, 'LOG_DAMAGED'),
  )
  assert.ok(before.equals(readFileSync(join(directory, 'data.mdb'))), 'nothing was written')
})

test.run()
