// By which placement a task comes or goes, as one host sees them.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Occasions } from '#actors/host/occasions'
import type { Placement } from '#protocols/messages/membership'

const traceId = (version: number): string => String(version).padStart(32, '0')
const traced = (version: number): string => `00-${traceId(version)}-${'1'.repeat(16)}-01`

function placement(version: number, granted: Placement['granted'], trace?: string): Placement {
  const told = trace === undefined ? {} : { trace }
  return { version, target: granted, granted, standbys: {}, ...told }
}

const seeing = (...placements: readonly Placement[]): Occasions => {
  const occasions = new Occasions('me')
  for (const it of placements) occasions.see(it)
  return occasions
}

test('a placement that gives a task, or takes it, is the reason of one start or close, and of no other', () => {
  const occasions = seeing(
    placement(1, { a: 'you', b: 'me' }),
    placement(2, { a: 'me' }, traced(2)),
  )
  for (const id of ['a', 'b']) {
    const [first, again] = [occasions.take(id, 'active'), occasions.take(id, 'active')]
    assert.equal([first?.placement, first?.trace?.traceId], [2, traceId(2)])
    assert.equal([again?.placement, again?.trace], [2, null])
  }
})

test('a task is in the trace of the placement that gave it, also when a newer one was seen before it starts', () => {
  const given = placement(2, { a: 'me' }, traced(2))
  const occasions = seeing(placement(1, {}), given, placement(3, { a: 'me', b: 'you' }, traced(3)))
  const { placement: version, trace } = occasions.take('a', 'active') ?? {}
  assert.equal([version, trace?.traceId], [3, traceId(2)])
})

test('the first placement that a host sees was there before it, and is the reason of nothing', () => {
  const occasions = seeing(placement(7, { a: 'me' }, traced(7)))
  assert.equal(occasions.take('a', 'active'), { placement: 7, trace: null })
})

test('of copies, and where nobody traces placements, there is nothing to say', () => {
  const occasions = seeing(placement(1, {}), placement(2, { a: 'me' }, traced(2)))
  assert.is(occasions.take('a', 'standby'), undefined)
  const untraced = seeing(placement(1, {}), placement(2, { a: 'me' }))
  assert.is(untraced.take('a', 'active'), undefined)
  const garbled = seeing(placement(1, {}), placement(2, { a: 'me' }, 'of a version to come'))
  assert.equal(garbled.take('a', 'active'), { placement: 2, trace: null })
})

test.run()
