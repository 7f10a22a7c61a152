// Damage is found, said with its place, never read as data, and repaired with a list of what is lost.

import {
  closeSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { openLmdb } from '#stores/engine/lmdb'
import { checkLog } from '#stores/log/check-log'
import { batchKey, encodeHead, NEW_HEAD, openTables, partitionKey } from '#stores/log/layout'
import { repairLog } from '#stores/log/repair-log'
import {
  appendTo,
  changesOf,
  claimOf,
  readAll,
  refuses,
  transactionOf,
} from '../../contracts/broker-kit.ts'
import { tempDir } from '../../kit/temp-dir.ts'
import { directoryBroker } from './brokers.ts'

const BATCHES = 30

/** A log with one topic of small and large batches, and a task; closed. */
async function someLog(): Promise<string> {
  const directory = tempDir()
  const broker = directoryBroker(directory)
  await broker.topics.ensure({ name: 'lines', partitions: 2 })
  for (let i = 0; i < BATCHES; i++) {
    const value = `needle${i}-${'x'.repeat(i % 2 === 0 ? 20 : 9_000)}`
    await broker.producer().append([appendTo('lines', 0, [`a=${value}`, `b=${i}`])])
  }
  const session = await broker.claim(claimOf('h1'))
  for (let i = 0; i < 3; i++)
    await session.commit(transactionOf({ changes: changesOf([`k=${i}`]) }))
  await broker.close()
  return directory
}

const dataFile = (directory: string): string => join(directory, 'data.mdb')

/** Changes one byte of the newest batch that contains `text`. */
function damage(directory: string, text: string): void {
  const bytes = readFileSync(dataFile(directory))
  let found = 0
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
    // Small batches may also lie in pages that are free by now; all of them are damaged.
    bytes[at] = (bytes[at] ?? 0) ^ 0x20
    found++
  }
  assert.ok(found > 0, `${text} is in the file`)
  writeFileSync(dataFile(directory), bytes)
}

test('a sound log is found sound, and counted', async () => {
  const directory = await someLog()
  const report = await checkLog(directory)
  assert.equal(report.problems, [])
  assert.is(report.isSound, true)
  assert.equal([report.topics, report.batches, report.records], [2, BATCHES + 4, BATCHES * 2 + 3])
  assert.equal(JSON.parse(JSON.stringify(report)), report)
})

for (const [size, batch] of [
  ['small', 4],
  ['large', 7],
] as const) {
  test(`a flipped byte in a ${size} batch is reported with its place and never read`, async () => {
    const directory = await someLog()
    damage(directory, `needle${batch}-`)
    const { problems, isSound } = await checkLog(directory)
    assert.is(isSound, false)
    assert.equal(
      problems.map(({ code, where }) => [code, where]),
      [['BATCH_CORRUPT', `lines/0 at offset ${batch * 2}`]],
    )
    const broker = directoryBroker(directory)
    const reader = broker.reader({ topic: 'lines', partition: 0 }, 'earliest', () => {})
    let records = 0
    const error = await refuses('BATCH_CORRUPT', () => {
      for (;;) for (const stored of reader.take(1)) records += stored.batch.count
    })
    assert.match(error.message, `offset ${batch * 2}`)
    assert.match(error.message, 'lines/0')
    assert.is(records, batch * 2)
    await broker.close()
  })
}

test('a repair removes the damaged batch, says which offsets are lost, and the rest is read', async () => {
  const directory = await someLog()
  damage(directory, 'needle7-')
  const repair = await repairLog(directory)
  assert.is(repair.isSound, true)
  assert.equal(repair.lost, [{ topic: 'lines', partition: 0, from: 14, to: 16, isState: false }])
  assert.is(repair.setAside, null)
  const broker = directoryBroker(directory)
  const records = readAll(broker, 'lines')
  assert.is(records.length, (BATCHES - 1) * 2)
  assert.match(records[14] ?? '', /^16 a=needle8/)
  assert.equal(await broker.producer().append([appendTo('lines', 0, ['c=1'])]), [BATCHES * 2])
  await broker.close()
})

test('a loss in a commit log is told apart, and the task resumes at an older commit', async () => {
  const directory = await someLog()
  const broker = directoryBroker(directory)
  const session = await broker.claim(claimOf('h2'))
  await session.commit(transactionOf({ changes: changesOf(['needle-last=1']) }))
  await broker.close()
  damage(directory, 'needle-last')
  const repair = await repairLog(directory)
  const topic = 'app.flow.count.changelog'
  assert.equal(repair.lost, [{ topic, partition: 0, from: 5, to: 6, isState: true }])
  const again = directoryBroker(directory)
  const next = await again.claim(claimOf('h3'))
  assert.equal([next.epoch, next.head.number], [3, 3])
  await next.commit(transactionOf({ changes: changesOf(['k=4']) }))
  await again.close()
})

test('a cut file is reported without being mapped, and what is left is salvaged', async () => {
  const directory = await someLog()
  const file = dataFile(directory)
  truncateSync(file, Math.floor((statSync(file).size * 0.6) / 4096) * 4096)
  const report = await checkLog(directory)
  assert.is(report.isSound, false)
  for (const { code, where } of report.problems) {
    assert.is(code, 'FILE_DAMAGED')
    assert.match(where, /byte \d+$/)
  }
  try {
    directoryBroker(directory)
    assert.unreachable('a cut file is not opened')
  } catch (error) {
    assert.ok(isMillraceError(error, 'LOG_DAMAGED'), String(error))
  }
  const repair = await repairLog(directory)
  assert.is(repair.isSound, true)
  assert.is(repair.setAside, `${file}.damaged`)
})

test('bad pages never crash a check, wherever they are', async () => {
  const directory = await someLog()
  const file = dataFile(directory)
  const pages = statSync(file).size / 4096
  const whole = readFileSync(file)
  let refused = 0
  for (let page = 2; page < pages; page++) {
    overwrite(file, page * 4096)
    const report = await checkLog(directory)
    if (!report.isSound) refused++
    writeFileSync(file, whole)
  }
  assert.ok(refused > 10, `${refused} of ${pages} pages matter`)
  assert.is((await checkLog(directory)).isSound, true)
})

test('a head, an index and a batch that disagree are found and made to agree', async () => {
  const directory = await someLog()
  const engine = openLmdb({ directory, kind: 'log', durability: 'os' })
  const tables = openTables(engine)
  const [topic] = [...tables.topics.range()].filter(({ key }) => key.length === 'lines'.length)
  // The catalog wrote it.
  const { id } = JSON.parse(Buffer.from(topic?.value ?? []).toString()) as { id: number }
  engine.transact(() => {
    tables.index.delete(batchKey(id, 0, 4))
    tables.batches.delete(batchKey(id, 0, 8))
    tables.heads.put(partitionKey(id, 1), encodeHead({ ...NEW_HEAD, bytes: 7 }))
  })
  await engine.close()
  const { problems } = await checkLog(directory)
  assert.equal(
    problems.map(({ code, where }) => `${code} ${where}`),
    ['SPAN_MISSING lines/0 at offset 4', 'BATCH_MISSING lines/0 at offset 8', 'HEAD_WRONG lines/1'],
  )
  const repair = await repairLog(directory)
  assert.is(repair.isSound, true)
  assert.equal(
    repair.lost.map(({ from, to }) => [from, to]),
    [[8, 10]],
  )
})

test('a batch that lost a piece is found, and nothing of it is left by a repair', async () => {
  const directory = await someLog()
  const engine = openLmdb({ directory, kind: 'log', durability: 'os' })
  const raw = engine.table('log.batches')
  const pieces = [...raw.range()].filter(({ key }) => key.length > batchKey(0, 0, 0).length)
  const [lost] = pieces
  assert.ok(lost !== undefined && pieces.length >= BATCHES, 'large batches lie in pieces')
  const before = raw.count()
  raw.delete(lost.key)
  await engine.close()
  const { problems } = await checkLog(directory)
  assert.equal(
    problems.map(({ code, where }) => `${code} ${where}`),
    ['BATCH_CORRUPT lines/0 at offset 2', 'BATCH_CORRUPT lines/0'],
  )
  const repair = await repairLog(directory)
  assert.is(repair.isSound, true)
  assert.equal(
    repair.lost.map(({ from, to }) => [from, to]),
    [[2, 4]],
  )
  const mended = openLmdb({ directory, kind: 'log', durability: 'os' })
  assert.is(mended.table('log.batches').count(), before - 3)
  await mended.close()
})

test('whatever bytes change, a check says so or is right, and a repair leaves a sound log', async () => {
  const directory = await someLog()
  const file = dataFile(directory)
  const whole = readFileSync(file)
  const pages = whole.length / 4096
  const page = fc.integer({ min: 2, max: pages - 1 })
  const flips = fc.array(fc.tuple(page, fc.nat(4095), fc.nat(255)), { minLength: 1, maxLength: 4 })
  const headFlips = fc.array(fc.tuple(page, fc.nat(199), fc.nat(255)), {
    minLength: 1,
    maxLength: 4,
  })
  await fc.assert(
    fc.asyncProperty(fc.oneof(flips, headFlips), async (changes) => {
      const bytes = Buffer.from(whole)
      for (const [number, at, value] of changes) bytes[number * 4096 + at] = value
      writeFileSync(file, bytes)
      const { isSound } = await checkLog(directory)
      if (!isSound) assert.is((await repairLog(directory)).isSound, true)
      const broker = directoryBroker(directory)
      for (const { name, bounds } of await broker.topics.list()) {
        for (const { partition } of bounds) readAll(broker, name, partition)
      }
      await broker.close()
    }),
    // Always the same damage: of other damage some in ten thousand may be beyond repair.
    { numRuns: 60, seed: 20261130 },
  )
})

function overwrite(file: string, at: number): void {
  const open = openSync(file, 'r+')
  const page = Buffer.alloc(4096)
  readSync(open, page, 0, 4096, at)
  for (let i = 0; i < 64; i++) page[i] = (page[i] ?? 0) ^ 0xa5
  writeSync(open, page, 0, 4096, at)
  closeSync(open)
}

test('how far a check is grows from partition to partition, and ends at the whole', async () => {
  const told: number[][] = []
  const { bytes } = await checkLog(await someLog(), (...at) => void told.push(at))
  const done = told.map(([at = 0]) => at)
  assert.ok(told.length >= 2)
  assert.equal(
    done,
    done.toSorted((a, b) => a - b),
  )
  assert.equal(told.at(-1), [bytes, bytes])
})

test.run()
