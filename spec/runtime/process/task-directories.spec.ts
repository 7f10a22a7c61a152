// Each task has a directory of its own, and only its own is wiped.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import {
  flushTaskDirectories,
  refuseUnwritable,
  taskDirectories,
} from '#runtime/process/task-directories'
import { tempDir } from '../../kit/temp-dir.ts'

const task = (partition: number) => ({
  ...{ id: `t/s/${partition}`, topology: 't', subtopology: 's', partition, count: 2 },
})

test('state is below topology, sub-topology and partition, and goes when it is wiped', async () => {
  const directory = tempDir()
  const storage = taskDirectories(join(directory, 'state'))
  assert.equal(readdirSync(directory), [])
  for (const partition of [0, 1]) {
    const { disk, memory } = await storage.open(task(partition))
    assert.ok(existsSync(join(directory, 'state/t/s', String(partition), 'data.mdb')))
    await disk?.close()
    await memory?.close()
  }
  await storage.wipe(task(0))
  assert.equal(readdirSync(join(directory, 'state/t/s')), ['1'])
})

test('when a host ends, what it kept of all tasks is flushed', async () => {
  const directory = join(tempDir(), 'state')
  const storage = taskDirectories(directory)
  const isGood = (partition: number): boolean => {
    const mark = readFileSync(join(directory, 't/s', String(partition), 'millrace.json'), 'utf8')
    return JSON.parse(mark).isOpen === false
  }
  for (const partition of [0, 1]) await (await storage.open(task(partition))).disk.close()
  assert.equal([isGood(0), isGood(1)], [false, false])
  await flushTaskDirectories(directory)
  assert.equal([isGood(0), isGood(1)], [true, true])
  await flushTaskDirectories(join(directory, 'nowhere'))
})

test('tasks share what there is of memory, and who is closed, or could not be opened, has none of it', async () => {
  const directory = join(tempDir(), 'state')
  const storage = taskDirectories(directory, 1 << 24)
  const first = await storage.open(task(0))
  const whole = first.share?.cacheBytes ?? 0
  const second = await storage.open(task(1))
  assert.equal([first.share?.cacheBytes, second.share?.cacheBytes], [whole / 2, whole / 2])
  await Promise.all([second.disk.close(), second.memory.close()])
  assert.is(first.share?.cacheBytes, whole)
  writeFileSync(join(directory, 't/s/1/data.mdb'), new Uint8Array(8192).fill(0x5a))
  assert.ok((await storage.open(task(1)).catch(() => 'refused')) === 'refused')
  assert.is(first.share?.cacheBytes, whole)
  await Promise.all([first.disk.close(), first.memory.close()])
})

test('state that is damaged is said to be untrusted, with its file, and begins anew once it is wiped', async () => {
  const directory = join(tempDir(), 'state')
  const storage = taskDirectories(directory)
  const { disk, memory } = await storage.open(task(0))
  await Promise.all([disk.close(), memory.close()])
  writeFileSync(join(directory, 't/s/0/data.mdb'), new Uint8Array(8192).fill(0x5a))
  const refused = await storage.open(task(0)).catch((error: unknown) => error)
  assert.ok(isMillraceError(refused, 'STORE_UNTRUSTED'), String(refused))
  assert.match(refused.message, /damaged: .*t\/s\/0\/data\.mdb/)
  await storage.wipe(task(0))
  const again = await storage.open(task(0))
  await Promise.all([again.disk.close(), again.memory.close()])
})

test('a state directory that cannot be is refused before any task tries it, and nothing is made', () => {
  const directory = tempDir()
  writeFileSync(join(directory, 'file'), '')
  const refused = (...path: string[]): unknown => {
    try {
      refuseUnwritable(join(directory, ...path))
      return null
    } catch (error) {
      return isMillraceError(error) ? error.code : error
    }
  }
  assert.is(refused('file'), 'DIRECTORY_UNWRITABLE')
  assert.is(refused('file', 'a', 'b'), 'DIRECTORY_UNWRITABLE')
  assert.is(refused('a', 'b'), null)
  assert.equal(readdirSync(directory), ['file'])
})

test.run()
