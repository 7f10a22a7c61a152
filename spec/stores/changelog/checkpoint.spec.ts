// What an engine says of the commit that its stores are true at, and what older ones did not say yet.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { epoch, offset } from '#protocols/core/brands'
import { utf8 } from '#protocols/core/bytes'
import {
  type Checkpoint,
  factsOf,
  forgetCheckpoint,
  isSameCheckpoint,
  readCheckpoint,
  writeCheckpoint,
} from '#stores/changelog/checkpoint'
import { memoryEngine } from '#stores/engine/memory'

const at = (number: number): Checkpoint => ({
  ref: { next: offset(number), epoch: epoch(2), number, tag: 'tag', history: 'history' },
  reached: null,
  logged: 17,
  elsewhere: ['counts'],
})

test('a checkpoint is read as it was written, and is none before and after', () => {
  const facts = factsOf(memoryEngine())
  assert.is(readCheckpoint(facts), null)
  writeCheckpoint(facts, at(7))
  assert.equal(readCheckpoint(facts), at(7))
  forgetCheckpoint(facts)
  assert.is(readCheckpoint(facts), null)
})

test('what older versions did not write down is not made up', () => {
  const facts = factsOf(memoryEngine())
  const { history: _, ...ref } = at(7).ref
  facts.put(utf8('checkpoint'), utf8(JSON.stringify(ref)))
  const expected = { ref: { ...ref, history: '' }, reached: null, logged: 0, elsewhere: null }
  assert.equal(readCheckpoint(facts), expected)
})

test('engines are at one checkpoint when both have the same one', () => {
  const [one, other] = [factsOf(memoryEngine()), factsOf(memoryEngine())]
  assert.is(isSameCheckpoint(one, other), false, 'neither has one')
  writeCheckpoint(one, at(7))
  assert.is(isSameCheckpoint(one, other), false)
  writeCheckpoint(other, at(6))
  assert.is(isSameCheckpoint(one, other), false)
  writeCheckpoint(other, at(7))
  assert.is(isSameCheckpoint(one, other), true)
})

test.run()
