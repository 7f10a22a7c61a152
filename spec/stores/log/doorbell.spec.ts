// A ring reaches the others, soon and not one by one; a bell that is closed is silent.

import { pbkdf2 } from 'node:crypto'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { DoorbellHall } from '#stores/log/doorbell'
import { fileDoorbell } from '#stores/log/doorbell-file'
import { Bell } from '../../contracts/broker-kit.ts'
import { tempDir } from '../../kit/temp-dir.ts'

test('a ring at one file is heard at another bell of the directory, again and again', async () => {
  const directory = tempDir()
  const [mine, theirs] = [fileDoorbell(directory), fileDoorbell(directory)]
  const bell = new Bell()
  theirs.listen(bell.ring)
  for (let i = 0; i < 20; i++) {
    const heard = bell.next()
    mine.ring()
    await heard
  }
  mine.close()
  theirs.close()
})

test('many rings of one turn are a few', async () => {
  const directory = tempDir()
  const [mine, theirs] = [fileDoorbell(directory), fileDoorbell(directory)]
  const bell = new Bell()
  theirs.listen(bell.ring)
  for (let i = 0; i < 1_000; i++) mine.ring()
  await bell.next()
  // The last ring of a burst is never folded into a write that began before it.
  const last = bell.next()
  mine.ring()
  await last
  assert.ok(bell.rings < 20, `${bell.rings} rings`)
  mine.close()
  theirs.close()
})

test('a ring does not wait for the pool of threads, however busy that is', async () => {
  const directory = tempDir()
  const bell = fileDoorbell(directory)
  const hash = () => promisify(pbkdf2)('pool', 'of threads', 20_000, 64, 'sha512')
  const busy = Array.from({ length: 8 }, hash)
  bell.ring()
  await Promise.resolve()
  assert.is(statSync(join(directory, 'doorbell')).size, 1)
  bell.close()
  await Promise.all(busy)
})

test('a bell that is closed in the turn it was rung in has rung', () => {
  const directory = tempDir()
  const bell = fileDoorbell(directory)
  bell.ring()
  bell.close()
  assert.is(statSync(join(directory, 'doorbell')).size, 1)
})

test('a bell that stopped listening or was closed hears and does nothing', async () => {
  const directory = tempDir()
  const [mine, theirs] = [fileDoorbell(directory), fileDoorbell(directory)]
  const [stopped, open] = [new Bell(), new Bell()]
  theirs.listen(stopped.ring)()
  theirs.listen(open.ring)
  mine.ring()
  await open.next()
  assert.is(stopped.rings, 0)
  mine.close()
  mine.ring()
  theirs.close()
  theirs.close()
})

test('in a hall, a ring is heard at every other door', () => {
  const hall = new DoorbellHall()
  const doors = [hall.door(), hall.door(), hall.door()]
  const bells = doors.map((door) => {
    const bell = new Bell()
    door.listen(bell.ring)
    return bell
  })
  doors[0]?.ring()
  doors[2]?.close()
  doors[0]?.ring()
  assert.equal(
    bells.map(({ rings }) => rings),
    [0, 2, 1],
  )
})

test.run()
