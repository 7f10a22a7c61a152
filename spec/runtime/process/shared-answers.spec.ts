// Questions that several ask at a time.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SharedAnswers } from '#runtime/process/shared-answers'

/** Questions that are answered by hand. */
class Asked {
  now = 0
  readonly ends: ((answer: number) => void)[] = []
  readonly shared = new SharedAnswers(() => this.now)

  ask(about = 'tasks'): Promise<number> {
    return this.shared.ask(about, () => new Promise((resolve) => this.ends.push(resolve)))
  }
}

test('what is asked twice at a time is asked once, and both get the answer', async () => {
  const it = new Asked()
  const both = [it.ask(), it.ask()]
  assert.is(it.ends.length, 1)
  it.ends[0]?.(7)
  assert.equal(await Promise.all(both), [7, 7])
})

test('what was answered is asked anew', async () => {
  const it = new Asked()
  const first = it.ask()
  it.ends[0]?.(1)
  await first
  const second = it.ask()
  it.ends[1]?.(2)
  assert.is(await second, 2)
})

test('another question is another', () => {
  const it = new Asked()
  void it.ask('tasks')
  void it.ask('stores')
  assert.is(it.ends.length, 2)
})

test('nobody waits for what was asked long ago: it is asked anew, and shared with who comes then', async () => {
  const it = new Asked()
  const early = it.ask()
  it.now = 100
  const late = [it.ask(), it.ask()]
  assert.is(it.ends.length, 2)
  it.ends[0]?.(1)
  assert.is(await early, 1)
  // The old one was answered, and the new one is still shared.
  const third = it.ask()
  assert.is(it.ends.length, 2)
  it.ends[1]?.(2)
  assert.equal(await Promise.all([...late, third]), [2, 2, 2])
})

test('who shares a question shares its failure, and who comes later asks again', async () => {
  const shared = new SharedAnswers(() => 0)
  const fail = () => shared.ask('tasks', () => Promise.reject(new Error('away')))
  for (const outcome of await Promise.allSettled([fail(), fail()])) {
    assert.is(outcome.status, 'rejected')
  }
  assert.is(await shared.ask('tasks', async () => 3), 3)
})

test.run()
