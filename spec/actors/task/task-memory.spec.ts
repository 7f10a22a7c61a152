// The meta of a commit: what is written is found again, and nothing before the first commit.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeMemory, encodeMemory } from '#actors/task/task-memory'

test('what a commit remembers is found again, and before the first there is nothing', () => {
  const memory = { streamTime: 7, cells: { 'join/clock': 5 }, stores: { 'counts.time': -1 } }
  assert.equal(decodeMemory(encodeMemory(memory)), memory)
  assert.is(decodeMemory(new Uint8Array(0)), undefined)
})

test.run()
