// An input: records come in order, and the position moves only when one is done.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InputQueue } from '#actors/task/input-queue'
import type { Reader, StoredBatch } from '#protocols/broker/broker'
import { type Offset, offset } from '#protocols/core/brands'
import { utf8 } from '#protocols/core/bytes'
import { BatchBuilder, readBatch } from '#protocols/records/batch'

/** A batch of so many records, taking `span` offsets; it came in at `intakeTime`, if that is known. */
function batchAt(base: number, records: number, span = records, intakeTime = 0): StoredBatch {
  const builder = new BatchBuilder()
  for (let i = 0; i < records; i++) builder.add(null, utf8(String(i)), 1)
  const batch = readBatch(builder.finish({ span: Math.max(1, span), intakeTime }))
  return { base: offset(base), next: offset(base + span), batch }
}

/** Gives one list of batches per take. */
class ListReader implements Reader {
  takes: StoredBatch[][]
  position: Offset = offset(0)
  isClosed = false
  asked = 0

  constructor(...takes: StoredBatch[][]) {
    this.takes = takes
  }

  take(): readonly StoredBatch[] {
    this.asked++
    return this.takes.shift() ?? []
  }

  end(): Offset {
    return offset(10)
  }

  behind(from: Offset): number {
    return 10 - from
  }

  seek(): void {}

  close(): void {
    this.isClosed = true
  }
}

const NOW_MS = 1000

const queueAt = (reader: Reader): InputQueue =>
  new InputQueue({ topic: 'in', partition: 0 }, reader, offset(0), () => NOW_MS)

const queueOf = (...takes: StoredBatch[][]): InputQueue => queueAt(new ListReader(...takes))

/** Offset of each record, and the position after it. */
function drained(queue: InputQueue): [number, number][] {
  const seen: [number, number][] = []
  for (let head = queue.head(); head !== null; head = queue.head()) {
    const at = head.offset
    queue.consumed()
    seen.push([at, queue.position])
  }
  return seen
}

test('looking at the next record does not move the position', () => {
  const queue = queueOf([batchAt(0, 2)])
  assert.is(queue.head(), queue.head())
  assert.is(queue.position, 0)
  assert.is(queue.lag, 10)
})

test('the position passes gaps with the record before them, and batches without records', () => {
  const queue = queueOf([batchAt(0, 2, 5), batchAt(5, 0, 1)], [batchAt(6, 1)])
  assert.equal(drained(queue), [
    [0, 1],
    [1, 5],
    [6, 7],
  ])
  assert.is(queue.lag, 3)
})

test('an input that ran dry is asked once until somebody looks, and then goes on', () => {
  const reader = new ListReader([batchAt(0, 1)], [], [batchAt(1, 1)])
  const queue = queueAt(reader)
  assert.equal(drained(queue), [[0, 1]])
  assert.equal(drained(queue), [])
  assert.is(reader.asked, 2)
  queue.look()
  assert.equal(drained(queue), [[1, 2]])
})

test('a look takes nothing away from an input that has records', () => {
  const queue = queueOf([batchAt(0, 2)])
  const head = queue.head()
  queue.look()
  assert.is(queue.head(), head)
  assert.equal(drained(queue), [
    [0, 1],
    [1, 2],
  ])
})

test('consuming without a record does nothing', () => {
  const queue = queueOf()
  queue.consumed()
  assert.is(queue.position, 0)
})

test('what was consumed since a commit came in when the oldest of its batches did, whoever looks at the next one', () => {
  const batches = [batchAt(0, 2, 2, 500), batchAt(2, 2, 2, 400), batchAt(4, 1, 1, 300)]
  const queue = queueOf(batches)
  const never = Number.POSITIVE_INFINITY
  const seen: number[] = []
  const look = (): void => {
    queue.head()
    seen.push(queue.intakeTime)
  }
  const consume = (): void => {
    look()
    queue.consumed()
    look()
  }
  consume()
  assert.equal(seen.splice(0), [never, 500])
  queue.settle()
  look()
  consume() // the rest of a batch, of which a commit has the beginning
  consume()
  assert.equal(seen.splice(0), [never, never, 500, 500, 400])
  queue.settle()
  consume()
  assert.equal(seen.splice(0), [never, 400])
  consume()
  assert.equal(seen.splice(0), [400, 300])
})

test('a batch that does not say when it came in did when it was taken', () => {
  const queue = queueOf([batchAt(0, 2)])
  queue.head()
  queue.consumed()
  assert.is(queue.intakeTime, NOW_MS)
})

test.run()
