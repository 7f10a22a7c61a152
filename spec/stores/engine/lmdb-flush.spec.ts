// Who waits for the disk waits for a flush that began after what was written, and for no more of them than that.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FileFlush } from '#stores/engine/lmdb-flush'
import { tempDir } from '../../kit/temp-dir.ts'

/** A flush whose every run ends when it is told how. */
class Runs {
  readonly #ends: ((error?: Error) => void)[] = []
  readonly of: FileFlush

  constructor() {
    const path = join(tempDir(), 'file')
    writeFileSync(path, '')
    this.of = new FileFlush(
      path,
      () =>
        new Promise((resolve, reject) => {
          this.#ends.push((error) => (error === undefined ? resolve() : reject(error)))
        }),
    )
  }

  get begun(): number {
    return this.#ends.length
  }

  end(n: number, error?: Error): void {
    this.#ends[n]?.(error)
  }
}

test('who asks while a flush is under way waits for the next one, and all of them for the same', async () => {
  const runs = new Runs()
  const told: string[] = []
  const ask = (name: string) => runs.of.run().then(() => told.push(name))
  const first = ask('first')
  const others = ['second', 'third'].map(ask)
  assert.is(runs.begun, 1)
  runs.end(0)
  await first
  assert.equal(told, ['first'])
  assert.is(runs.begun, 2)
  runs.end(1)
  await Promise.all(others)
  assert.is(runs.begun, 2)
  const last = ask('last')
  assert.is(runs.begun, 3)
  runs.end(2)
  await last
  runs.of.close()
})

test('a flush that fails is told to those who waited for it, and the next one is tried', async () => {
  const runs = new Runs()
  const [first, second] = [runs.of.run(), runs.of.run()]
  runs.end(0, new Error('the disk is gone'))
  await first.then(
    () => assert.unreachable(),
    (error) => assert.is(error.message, 'the disk is gone'),
  )
  assert.is(runs.begun, 2)
  runs.end(1)
  await second
  runs.of.close()
})

test.run()
