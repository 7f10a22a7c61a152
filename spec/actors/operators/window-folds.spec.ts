// count, reduce and aggregate as windows fold them, and where results go.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  aggregateFold,
  countFold,
  guardedFold,
  reduceFold,
  windowOutputs,
} from '#actors/operators/window-folds'
import type { NodeContext, Receive } from '#actors/topology/node'
import { isMillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'

test('a count begins at 0, and sessions that merge add theirs', () => {
  const { initialize, update, merge } = countFold()
  assert.is(update(initialize(), 'any', 'a'), 1)
  assert.is(merge('a', merge('a', initialize(), 2), 3), 5)
})

test('a reduce begins with the first value, and with the older of sessions that merge', () => {
  const { initialize, update, merge } = reduceFold<string, string>((kept, value) => kept + value)
  assert.is(update(initialize(), 'x', 'a'), 'x')
  assert.is(update('x', 'y', 'a'), 'xy')
  assert.is(merge('a', merge('a', initialize(), 'x'), 'y'), 'xy')
})

test('what a user function answers as undefined counts as null; what it throws says where', () => {
  const fold = aggregateFold<string, number, number>(
    () => 0,
    (_sum, value) => {
      if (value === 13) throw new Error('unlucky')
      return undefined as unknown as number // as from JavaScript
    },
  )
  const { update, merge } = guardedFold('sums', fold)
  assert.is(update(0, 1, 'a'), null)
  assert.is(merge('a', 0, 1), null, 'without a merger there is nothing')
  assert.throws(
    () => update(0, 13, 'a'),
    (error: unknown) => isMillraceError(error, 'USER_FUNCTION_FAILED'),
  )
})

/** A context whose children write down what they get. */
function context(): { context: NodeContext; got: string[] } {
  const got: string[] = []
  const child =
    (name: string): Receive =>
    (key) =>
      void got.push(`${name}:${JSON.stringify(key)}`)
  const [first, second] = [child('table'), child('late')]
  const forward: Receive = (...record) => {
    for (const receive of [first, second]) receive(...record)
  }
  const parts = { children: [first, second], forward, child: (name: string) => found[name] }
  const found: Record<string, Receive> = { table: first, late: second }
  // All that outputs use.
  return { context: parts as unknown as NodeContext, got }
}

const setup = {
  ...{ isHeld: false, value: serde.json() },
  key: serde.windowed(serde.string(), 10),
}
const change = { before: null, after: 1 }

test('late records go to their own child only, and changes to all others', () => {
  const { context: node, got } = context()
  const out = windowOutputs(node, { ...setup, emit: 'on-update', late: () => 'late' } as never)
  out.update({ key: 'a', start: 0, end: 10 } as never, change as never, 0)
  out.late('a' as never, 1 as never, 0)
  assert.equal(got, ['table:{"key":"a","start":0,"end":10}', 'late:"a"'])
})

test('on close, updates go nowhere', () => {
  const { context: node, got } = context()
  const out = windowOutputs(node, { ...setup, emit: 'on-close', late: () => null } as never)
  out.update({ key: 'a', start: 0, end: 10 } as never, change as never, 0)
  assert.equal(got, [])
  out.close({ key: 'a', start: 0, end: 10 } as never, change as never, 0)
  assert.is(got.length, 2)
})

test.run()
