// Failures inside a running topology: where they stop, what stays, and what a letter of them holds.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { sink } from '#actors/operators/sink'
import { guarded, userFunctionFailed } from '#actors/topology/guard'
import type { NodeContext, Receive } from '#actors/topology/node'
import type { NodePlan } from '#actors/topology/plan'
import type { RecordFailure, RecordPolicy } from '#actors/topology/record-policy'
import { assert as believe } from '#protocols/core/assert'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import { isMillraceError, MillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'
import { Drive, IN, node } from '../../kit/drive.ts'

type Fed = { readonly drive: Drive; readonly seen: unknown[] }

/** in → before → picky → after, and in → beside. */
function fed(onFailure: RecordPolicy | undefined, picky: NodePlan['make']): Fed {
  const seen: unknown[] = []
  const say =
    (name: string) =>
    ({ forward }: NodeContext): Receive =>
    (key, value, time) => {
      seen.push(`${name} ${value}`)
      forward(key, value, time)
    }
  const nodes = [
    node('before', say('before'), [1]),
    node('picky', picky, [2]),
    node('after', say('after')),
    node('beside', say('beside')),
  ]
  const sources = [{ ...IN, children: [0, 3] }]
  const drive = new Drive({ name: 's', sources, nodes, stores: [], onFailure })
  return { drive, seen }
}

/** Hates 2. */
const picky = ({ node, forward }: NodeContext): Receive => {
  const checked = guarded(node, (value: unknown) => {
    if (value === 2) throw new TypeError('no twos')
    return value
  })
  return (key, value, time) => forward(key, checked(value, null, null), time)
}

const send = ({ drive }: Fed, value: number): void =>
  drive.bytes('in', { value: utf8(String(value)), key: utf8('"k"'), headers: [['h', utf8('x')]] })

const headersOf = ({ headers }: { headers: readonly (readonly [string, Uint8Array])[] }) =>
  Object.fromEntries(headers.map(([name, bytes]) => [name, fromUtf8(bytes)]))

const text = (bytes: Uint8Array | null | undefined): string | null =>
  bytes === null || bytes === undefined ? null : fromUtf8(bytes)

test('an operator that fails drops the record there: what is beside it goes on, and so does the next', () => {
  const it = fed('skip', picky)
  for (const value of [1, 2, 3]) send(it, value)
  const whole = (value: number): string[] => [
    `before ${value}`,
    `after ${value}`,
    `beside ${value}`,
  ]
  assert.equal(it.seen, [...whole(1), 'before 2', 'beside 2', ...whole(3)])
  assert.is(it.drive.topology.counters.dropped.failed, 1)
  assert.equal(it.drive.written, [])
})

test('without a policy, or where it says so, a failure fails the task with its place', () => {
  const asked = { dlq: 'd', decide: () => 'fail' as const }
  for (const policy of [undefined, 'fail', asked] as const) {
    const it = fed(policy, picky)
    assert.throws(
      () => send(it, 2),
      (error: unknown) =>
        isMillraceError(error, 'USER_FUNCTION_FAILED') &&
        error.what === "operator 'picky' threw TypeError: no twos" &&
        error.where === 'in/0 offset 0',
    )
    assert.equal(it.seen, ['before 2'])
    assert.is(it.drive.topology.counters.dropped.failed, 0)
  }
})

test('a failure is judged once, by the operator it happened in', () => {
  const asked: RecordFailure[] = []
  const decide = (failure: RecordFailure): 'fail' => {
    asked.push(failure)
    return 'fail'
  }
  const it = fed({ dlq: 'd', decide }, picky)
  assert.throws(() => send(it, 2))
  assert.is(asked.length, 1)
  const [failure] = asked
  assert.is(failure?.operator, 'picky')
  assert.is(failure?.kind, 'processing')
  assert.ok(failure?.error.cause instanceof TypeError)
  assert.equal([failure?.topic, failure?.partition, failure?.offset], ['in', 0, 0])
  assert.equal([failure?.key, failure?.value], ['k', 2])
  assert.equal(failure?.headers, [['h', utf8('x')]])
})

test('a dead letter is the record as it was read, and headers that say why and where', () => {
  const it = fed({ dlq: 'letters' }, picky)
  for (const value of [1, 2]) send(it, value)
  const [letter, ...more] = it.drive.written
  assert.equal(more, [])
  assert.is(letter?.topic, 'letters')
  assert.equal(text(letter?.raw.value), '2')
  assert.equal(text(letter?.raw.key), '"k"')
  assert.equal(headersOf(letter as never), {
    h: 'x',
    'millrace.error.code': 'USER_FUNCTION_FAILED',
    'millrace.error.message': "operator 'picky' threw TypeError: no twos",
    'millrace.error.topic': 'in',
    'millrace.error.partition': '0',
    'millrace.error.offset': '1',
  })
})

test('a value that a sink cannot write is a failure of writing', () => {
  const asked: RecordFailure[] = []
  const decide = (failure: RecordFailure): 'skip' => {
    asked.push(failure)
    return 'skip'
  }
  const target = { topic: 'out', key: serde.json(), value: serde.int32() }
  const out = { ...node('out', sink(target) as NodePlan['make']), topic: 'out' }
  const sources = [{ ...IN, children: [0] }]
  const onFailure = { dlq: 'd', decide }
  const drive = new Drive({ name: 's', sources, nodes: [out], stores: [], onFailure })
  drive.bytes('in', { value: utf8('"text"') })
  drive.bytes('in', { value: utf8('5') })
  assert.equal(
    drive.written.map(({ value }) => value),
    [5],
  )
  assert.equal(
    asked.map(({ kind, operator, value }) => [kind, operator, value]),
    [['writing', 'out', 'text']],
  )
  assert.ok(isMillraceError(asked[0]?.error, 'VALUE_REFUSED'))
})

test('what is nobody’s record is not the policy’s business: broken beliefs, newer owners', () => {
  const fenced = new MillraceError({ code: 'TASK_FENCED', what: 'somebody else owns it' })
  const breaking = [
    () => believe(false, 'something holds'),
    () => {
      throw fenced
    },
  ]
  for (const broken of breaking) {
    const it = fed('skip', () => broken)
    assert.throws(() => send(it, 1))
    assert.is(it.drive.topology.counters.dropped.failed, 0)
  }
})

test('what an operator does by time is contained as well; its letter shows what it was at', () => {
  const clocked = (context: NodeContext): Receive => {
    context.schedule(10, 'stream-time', () => {
      throw userFunctionFailed(context.node, new Error('never'))
    })
    return context.forward
  }
  const it = fed({ dlq: 'letters' }, clocked)
  send(it, 1)
  assert.equal(it.seen, ['before 1', 'after 1', 'beside 1'])
  const [letter] = it.drive.written
  assert.equal([text(letter?.raw.key), text(letter?.raw.value)], [null, '0'])
  assert.is(headersOf(letter as never)['millrace.error.operator'], 'picky')
})

test('what an operator had kept is lost alone, not with the record that let it out', () => {
  const keeping = (context: NodeContext): Receive => {
    const kept: unknown[] = []
    const release = context.contained((value) => {
      if (value === 2) throw userFunctionFailed(context.node, new Error('no twos'))
      context.forward(null, value, 0)
    })
    return (_key, value) => {
      kept.push(value)
      if (kept.length === 3) for (const it of kept.splice(0)) release(it)
    }
  }
  const it = fed({ dlq: 'letters' }, keeping)
  for (const value of [1, 2, 3]) send(it, value)
  const after = it.seen.filter((word) => String(word).startsWith('after'))
  assert.equal(after, ['after 1', 'after 3'])
  assert.equal(
    it.drive.written.map(({ raw }) => text(raw.value)),
    ['2'],
  )
})

test('a letter of what cannot be JSON is text all the same', () => {
  const looped: Record<string, unknown> = {}
  looped['self'] = looped
  const strange = [10n, looped, undefined]
  const releasing = (context: NodeContext): Receive => {
    const release = context.contained(() => {
      throw userFunctionFailed(context.node, new Error('no'))
    })
    return () => strange.forEach(release)
  }
  const it = fed({ dlq: 'letters' }, releasing)
  send(it, 1)
  assert.equal(
    it.drive.written.map(({ raw }) => text(raw.value)),
    ['"10"', '[object Object]', null],
  )
})

test.run()
