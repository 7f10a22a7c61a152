// Which actors are meant by a word that a person types.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { meansActor } from '#actors/kernel/meant'

const PATHS = [
  'one/host',
  'one/coordinator',
  'one/worker-0/worker/wordcount:counts:1',
  'one/worker-0/worker/wordcount:counts:10',
  'one/worker-0/worker/wordcount:lines:1',
]

const meant = (word: string): readonly number[] =>
  PATHS.flatMap((path, n) => (meansActor(word)(path) ? [n] : []))

test('an actor is meant by its path, by whole parts of it, and by the id of its task', () => {
  assert.equal(meant('one/host'), [0])
  assert.equal(meant('coordinator'), [1])
  assert.equal(meant('wordcount/counts/1'), [2])
  assert.equal(meant('wordcount:counts:1'), [2])
  assert.equal(meant('ount'), [])
})

test('those below it, and those whose names begin with it, are meant too', () => {
  assert.equal(meant('one'), [0, 1, 2, 3, 4])
  assert.equal(meant('one/worker-0'), [2, 3, 4])
  assert.equal(meant('wordcount/counts'), [2, 3])
})

test('a pattern means what it is like', () => {
  assert.equal(meant('counts/?'), [2])
  assert.equal(meant('wordcount/*/1'), [2, 4])
  assert.equal(meant('co*'), [1, 2, 3])
})

test('an id of a task is meant as its actor is', () => {
  assert.ok(meansActor('wordcount/counts')('wordcount/counts/3'))
  assert.not.ok(meansActor('wordcount/counts')('wordcount/countsb/3'))
})

test.run()
