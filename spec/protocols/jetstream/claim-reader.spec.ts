// The claim alone, from whoever stored it; what follows it from a reader that is opened when it is wanted.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Reader } from '#protocols/broker/broker'
import { offset } from '#protocols/core/brands'
import { ClaimReader } from '#protocols/jetstream/claim-reader'
import { BatchBuilder, readBatch } from '#protocols/records/batch'

const claim = {
  base: offset(20),
  next: offset(21),
  batch: readBatch(new BatchBuilder().finish({})),
}

function reading() {
  const calls: string[] = []
  const follow = (from: number): Reader => {
    calls.push(`follow ${from}`)
    return {
      position: offset(from),
      take: () => [],
      end: () => offset(30),
      behind: () => 9,
      seek: () => {},
      close: () => void calls.push('close'),
    }
  }
  return { calls, reader: new ClaimReader(claim, offset(11), follow) }
}

test('the claim is given once, and nobody is asked for it', () => {
  const { reader, calls } = reading()
  assert.equal([reader.position, reader.end(), reader.behind(offset(11))], [11, 21, 1])
  assert.equal(reader.take(1), [claim])
  assert.equal([reader.position, reader.end(), reader.behind(offset(21))], [21, 21, 0])
  assert.equal(calls, [])
})

test('what follows it is asked for by who wants it, once', () => {
  const { reader, calls } = reading()
  reader.take(1)
  assert.equal([reader.take(1), reader.take(1)], [[], []])
  assert.equal([reader.position, reader.end(), reader.behind(offset(21))], [21, 30, 9])
  reader.seek(offset(5))
  reader.close()
  assert.equal(calls, ['follow 21', 'close', 'follow 5', 'close'])
  assert.equal(reader.take(1), [])
})

test.run()
