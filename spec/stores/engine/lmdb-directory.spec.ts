// What is refused before anything is mapped or written, and what becomes of stores after a crash of
// their process or of the machine.

import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import { openLmdb } from '#stores/engine/lmdb'
import { flushStore } from '#stores/engine/lmdb-directory'
import { LossyDisk } from '../../kit/lossy-disk.ts'
import { tempDir } from '../../kit/temp-dir.ts'

const openLog = (directory: string) => openLmdb({ directory, kind: 'log', durability: 'os' })
const openStore = (directory: string) =>
  openLmdb({ directory, kind: 'store', durability: 'rebuildable' })

/** The error of a refusal, with its code checked. */
function refusal(code: string, body: () => unknown) {
  try {
    body()
  } catch (error) {
    assert.ok(isMillraceError(error, code), `${code}, not ${String(error)}`)
    if (isMillraceError(error)) return error
  }
  throw new Error(`${code} was expected`)
}

/** A log of some pages, closed. */
async function someLog(): Promise<string> {
  const directory = tempDir()
  const engine = openLog(directory)
  const table = engine.table('t')
  for (let i = 0; i < 20; i++) {
    await engine.commit(() => table.put(utf8(`k${i}`), new Uint8Array(9_000).fill(i)))
  }
  await engine.close()
  return directory
}

test('data of another program is refused and left alone', () => {
  const directory = tempDir()
  writeFileSync(join(directory, 'data.mdb'), 'somebody else')
  const error = refusal('DIRECTORY_FORMAT', () => openLog(directory))
  assert.match(error.message, directory)
  assert.equal(readdirSync(directory), ['data.mdb'])
  assert.is(readFileSync(join(directory, 'data.mdb'), 'utf8'), 'somebody else')
})

test('a store is no log, a newer format is no older one, and a mark of nonsense is neither', async () => {
  const store = tempDir()
  await openStore(store).close()
  refusal('DIRECTORY_FORMAT', () => openLog(store))
  const newer = await someLog()
  writeFileSync(join(newer, 'millrace.json'), '{"format":"millrace log 2"}')
  assert.match(refusal('DIRECTORY_FORMAT', () => openLog(newer)).message, 'millrace log 2')
  writeFileSync(join(newer, 'millrace.json'), '{"for')
  refusal('DIRECTORY_FORMAT', () => openLog(newer))
})

test('a directory that cannot be made is refused with its name', () => {
  const file = join(tempDir(), 'file')
  writeFileSync(file, '')
  const error = refusal('DIRECTORY_UNWRITABLE', () => openLog(join(file, 'data')))
  assert.match(error.message, join(file, 'data'))
})

test('a directory whose name has a dot is a directory', async () => {
  const directory = join(tempDir(), 'data.d')
  await openLog(directory).close()
  assert.ok(statSync(join(directory, 'data.mdb')).isFile())
})

test('a file cut short is refused with the byte where it ends, and not touched', async () => {
  const directory = await someLog()
  const file = join(directory, 'data.mdb')
  const cut = Math.floor(statSync(file).size / 2 / 4096) * 4096
  truncateSync(file, cut)
  const error = refusal('LOG_DAMAGED', () => openLog(directory))
  assert.match(error.message, file)
  assert.match(error.message, /byte \d+/)
  assert.is(statSync(file).size, cut)
})

test('a file cut inside its head, or with another head, is refused', async () => {
  const directory = await someLog()
  const file = join(directory, 'data.mdb')
  const whole = readFileSync(file)
  writeFileSync(file, whole.subarray(0, 5_000))
  refusal('LOG_DAMAGED', () => openLog(directory))
  for (const at of [24, 28, 48]) {
    const bad = Buffer.from(whole)
    bad[at] = (bad[at] ?? 0) ^ 0x55
    writeFileSync(file, bad)
    assert.match(refusal('LOG_DAMAGED', () => openLog(directory)).message, `byte ${at}`)
  }
})

test('a file that rightly ends before its last page is opened', async () => {
  // Pages that were taken and freed within one transaction are never written.
  const directory = tempDir()
  const engine = openLog(directory)
  const table = engine.table('t')
  const size = (i: number): number => i * (i % 7 === 0 ? 30 : 1)
  for (let round = 0; round < 20; round++) {
    await engine.commit(() => {
      for (let i = 0; i < 500; i++) table.put(utf8(`key${round}-${i}`), new Uint8Array(size(i)))
    })
  }
  await engine.commit(() => {
    for (let i = 0; i < 500; i++) table.delete(utf8(`key3-${i}`))
  })
  await engine.close()
  const head = readFileSync(join(directory, 'data.mdb'))
  const lastPage = Math.max(...[0, 4096].map((at) => Number(head.readBigUInt64LE(at + 144))))
  assert.ok(statSync(join(directory, 'data.mdb')).size < (lastPage + 1) * 4096, 'the file is short')
  const again = openLog(directory)
  assert.is(again.table('t').count(), 9_500)
  await again.close()
})

test('a store whose machine restarted while it was open is emptied', async () => {
  const directory = tempDir()
  const engine = openStore(directory)
  engine.table('t').put(utf8('k'), utf8('v'))
  await engine.close()
  setMark(directory, { format: 'millrace store 1', boot: 'another', isOpen: true })
  const again = openStore(directory)
  assert.is(again.table('t').get(utf8('k')), undefined)
  await again.close()
})

test('a store flushed before a restart, or left by a crash or a close without one, is kept', async () => {
  const directory = tempDir()
  const engine = openStore(directory)
  engine.table('t').put(utf8('k'), utf8('v'))
  await engine.close()
  const boot = mark(directory)['boot']
  for (const left of [
    { boot: 'another', isOpen: false },
    { boot, isOpen: true },
  ]) {
    setMark(directory, { format: 'millrace store 1', ...left })
    const again = openStore(directory)
    assert.equal(fromUtf8(again.table('t').get(utf8('k')) ?? utf8('')), 'v')
    assert.equal(mark(directory), { format: 'millrace store 1', boot, isOpen: true })
    await again.close()
    assert.equal(mark(directory), { format: 'millrace store 1', boot, isOpen: true })
  }
})

test('a store says that it is good after a restart when it was flushed, and not before', async () => {
  const directory = tempDir()
  await openStore(directory).close()
  const { boot } = mark(directory)
  assert.is(mark(directory)['isOpen'], true)
  await flushStore(directory)
  assert.is(mark(directory)['isOpen'], false)
  // One of another boot is not made good by a flush that comes too late.
  const lost = { format: 'millrace store 1', boot: 'another', isOpen: true }
  setMark(directory, lost)
  await flushStore(directory)
  assert.equal(mark(directory), lost)
  // Nor is anything else touched.
  setMark(directory, { format: 'millrace log 1', boot, isOpen: true })
  await flushStore(directory)
  assert.is(mark(directory)['isOpen'], true)
  const empty = tempDir()
  await flushStore(empty)
  assert.equal(readdirSync(empty), [])
})

test('a log is kept whatever the mark says of a restart', async () => {
  const directory = await someLog()
  const engine = openLog(directory)
  assert.is(engine.table('t').count(), 20)
  await engine.close()
})

test('closing lets what was asked for before it settle', async () => {
  const directory = tempDir()
  const engine = openLog(directory)
  const table = engine.table('t')
  const commits = [1, 2, 3].map((n) => engine.commit(() => table.put(utf8(`k${n}`), utf8('1'))))
  await engine.close()
  await Promise.all(commits)
  const again = openLog(directory)
  assert.is(again.table('t').count(), 3)
  await again.close()
})

test('a copy made while others write is whole and opens by itself', async () => {
  const directory = tempDir()
  const engine = openLog(directory)
  const table = engine.table('t')
  engine.transact(() => table.put(utf8('k'), new Uint8Array(100_000).fill(7)))
  const target = join(tempDir(), 'backup')
  const writes = Array.from({ length: 20 }, (_, i) =>
    engine.commit(() => {
      table.put(utf8(`a${i}`), utf8('1'))
      table.put(utf8(`b${i}`), utf8('1'))
    }),
  )
  await Promise.all([engine.copy(target), ...writes])
  const copied = openLog(target)
  const keys = [...copied.table('t').range()].map(({ key }) => fromUtf8(key))
  const written = (prefix: string): number => keys.filter((it) => it.startsWith(prefix)).length
  assert.is(copied.table('t').get(utf8('k'))?.length, 100_000)
  assert.is(written('a'), written('b'))
  await copied.close()
  await engine.close()
})

test('a copy into a directory with data is refused', async () => {
  const engine = openLog(tempDir())
  const other = await someLog()
  let thrown: unknown
  await engine.copy(other).catch((error: unknown) => {
    thrown = error
  })
  assert.ok(isMillraceError(thrown, 'DIRECTORY_NOT_EMPTY'), String(thrown))
  await engine.close()
})

const mark = (directory: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(directory, 'millrace.json'), 'utf8')) as Record<string, unknown> // our own file

const setMark = (directory: string, value: object): void =>
  writeFileSync(join(directory, 'millrace.json'), JSON.stringify(value))

const title =
  'a store that was good for longer is known on the disk to be open before it is written'
const disk = LossyDisk.of(64)
if (disk === null) test.skip(`${title} (skipped: no right to mount a file as a disk)`)
else {
  test(title, async () => {
    const directory = join(disk.directory, 'store')
    await openStore(directory).close()
    await flushStore(directory)
    const engine = openStore(directory)
    disk.keep()
    await engine.close()
    disk.losePower()
    assert.is(mark(directory)['isOpen'], true)
  })
  test.after(() => disk.release())
}

test.run()
