// toStream: changes of a table as records of the newest value.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { toStream } from '#actors/operators/to-stream'
import { DriveOne } from '../../kit/drive.ts'

test('a change becomes a record of what is there after it; a deletion a null value', () => {
  const drive = new DriveOne(toStream())
  drive.send('a', { before: null, after: 1 }, 5)
  drive.send('a', { before: 1, after: null }, 6)
  assert.equal(drive.take(), [
    ['a', 1, 5],
    ['a', null, 6],
  ])
})

test.run()
