// peek and forEach: looking at records.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { forEach, peek } from '#actors/operators/peek'
import { DriveOne } from '../../kit/drive.ts'

test('peek looks at a record before it goes on unchanged; forEach ends with it', () => {
  const seen: unknown[] = []
  const look = (...record: unknown[]): void => void seen.push(record)
  const peeking = new DriveOne(peek(look))
  peeking.send('a', 1, 5)
  assert.equal(peeking.take(), [['a', 1, 5]])
  const ending = new DriveOne(forEach(look))
  ending.send('b', null, 6)
  assert.equal(ending.take(), [])
  assert.equal(seen, [
    ['a', 1, 5],
    ['b', null, 6],
  ])
})

test.run()
