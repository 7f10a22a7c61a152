// A running topology: sources read as declared, nodes wired as planned, one record at a time.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Receive } from '#actors/topology/node'
import type { SourcePlan, SubtopologyPlan } from '#actors/topology/plan'
import type { RecordPolicy } from '#actors/topology/record-policy'

import { utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import type { Serde } from '#protocols/serdes/serde'
import { serde } from '#protocols/serdes/serdes'
import { encoded } from '#protocols/serdes/whole'
import { Drive, IN, node } from '../../kit/drive.ts'

const number = serde.int32()
const bytesOf = (n: number): Uint8Array => encoded(number, n)

function source(onInvalid: RecordPolicy): SourcePlan {
  // A plan holds serdes of every type alike.
  return { ...IN, key: number as Serde<unknown>, value: number as Serde<unknown>, onInvalid }
}

function remembering(onInvalid: RecordPolicy): { drive: Drive; seen: unknown[] } {
  const seen: unknown[] = []
  const remember = (): Receive => (key, value, time) => seen.push([key, value, time])
  const plan = { name: 's', sources: [source(onInvalid)], nodes: [node('n', remember)], stores: [] }
  return { drive: new Drive(plan), seen }
}

test('a record is read as its source declares', () => {
  const { drive, seen } = remembering('fail')
  drive.bytes('in', { key: bytesOf(1), value: bytesOf(2), time: 3 })
  assert.equal(seen, [[1, 2, 3]])
})

test('children get a record in the order they were connected, depth first', () => {
  const seen: string[] = []
  const say =
    (name: string) =>
    ({ forward }: { forward: Receive }): Receive =>
    (key, value, time) => {
      seen.push(name)
      forward(key, value, time)
    }
  const nodes = [
    node('a', say('a'), [2]),
    node('b', say('b')),
    node('c', say('c')),
    node('d', say('d')),
  ]
  const sources = [{ ...IN, children: [0, 1, 3] }]
  new Drive({ name: 's', sources, nodes, stores: [] }).bytes('in', { value: utf8('1') })
  assert.equal(seen, ['a', 'c', 'b', 'd'])
})

test('a record that cannot be read fails the task with the place, if nothing else was said', () => {
  const { drive, seen } = remembering('fail')
  assert.throws(
    () => drive.bytes('in', { key: bytesOf(1), value: utf8('abc') }),
    (error: unknown) =>
      isMillraceError(error, 'RECORD_UNREADABLE') &&
      error.where === 'in/0 offset 0' &&
      error.what.includes('3 bytes instead of 4'),
  )
  assert.equal(seen, [])
  assert.is(drive.topology.counters.dropped.unreadable, 0)
})

test('a missing key or value where null was not declared is unreadable', () => {
  const { drive } = remembering('fail')
  assert.throws(() => drive.bytes('in', { value: bytesOf(1) }), /it has no key/)
  assert.throws(() => drive.bytes('in', { key: bytesOf(1) }), /it has no value/)
})

test('skip drops an unreadable record and counts it', () => {
  const { drive, seen } = remembering('skip')
  drive.bytes('in', { key: bytesOf(1), value: utf8('abc') })
  drive.bytes('in', { key: bytesOf(1), value: bytesOf(2) })
  assert.equal(seen, [[1, 2, 0]])
  assert.equal(drive.written, [])
  assert.is(drive.topology.counters.dropped.unreadable, 1)
  assert.is(drive.topology.counters.records, 2)
})

test('a dead letter is the record as it was, and headers that say why and where', () => {
  const { drive, seen } = remembering({ dlq: 'letters' })
  drive.bytes('in', { key: bytesOf(1), value: bytesOf(2) })
  drive.bytes('in', { key: null, value: utf8('abc'), time: 9, headers: [['own', utf8('kept')]] })
  assert.is(seen.length, 1)
  const [letter] = drive.written
  assert.is(letter?.topic, 'letters')
  assert.is(letter?.key, null)
  assert.is(String(Buffer.from((letter?.value ?? []) as Uint8Array)), 'abc')
  assert.is(letter?.time, 9)
  const headers = Object.fromEntries(
    (letter?.headers ?? []).map(([name, value]) => [name, String(Buffer.from(value))]),
  )
  assert.is(headers['own'], 'kept')
  assert.is(headers['millrace.error.code'], 'RECORD_UNREADABLE')
  assert.match(headers['millrace.error.message'] ?? '', /it has no key/)
  assert.is(headers['millrace.error.topic'], 'in')
  assert.is(headers['millrace.error.partition'], '0')
  assert.is(headers['millrace.error.offset'], '1')
  assert.is(drive.topology.counters.dropped.unreadable, 1)
})

test('stream time is the newest event time seen and never goes back', () => {
  const { drive } = remembering('skip')
  const at = (time: number): void => drive.bytes('in', { key: bytesOf(1), value: bytesOf(2), time })
  for (const time of [5, 8, 3]) at(time)
  assert.is(drive.topology.streamTime, 8)
  assert.equal(drive.topology.memory, { streamTime: 8, cells: {} })
})

test('a record that cannot be read does not move stream time', () => {
  const { drive } = remembering('skip')
  drive.bytes('in', { key: bytesOf(1), value: utf8('abc'), time: 1_000_000 })
  assert.is(drive.topology.streamTime, 0)
})

test('the context describes the input record while it is processed', () => {
  const seen: unknown[] = []
  const plan: SubtopologyPlan = {
    name: 's',
    sources: [IN],
    nodes: [
      node('n', ({ record, streamTime: now, node: name }) => () => {
        const names = record.headers().map(([header]) => header)
        seen.push([name, record.topic, record.partition, record.offset, names, now()])
      }),
    ],
    stores: [],
  }
  const drive = new Drive(plan)
  drive.bytes('in', { time: 4, headers: [['h', utf8('1')]] })
  drive.bytes('in', { time: 5 })
  assert.equal(seen, [
    ['n', 'in', 0, 0, ['h'], 4],
    ['n', 'in', 0, 1, [], 5],
  ])
})

test('a topic that is no source of the plan is a broken belief', () => {
  assert.throws(() => remembering('fail').drive.bytes('other', {}), /source of this task/)
})

test.run()
