// The life of a coordinator candidate, explored to its last state.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { coordinatorMachine } from '#actors/coordinator/machine'
import { explore, reaching, statesOf } from '../host/explore-chart.ts'

const SAID = ['TICK', 'CHANGED', 'RESIGN']
const OUTCOMES = ['ACQUIRED', 'TAKEN', 'RENEWED', 'LOST', 'LOOKED', 'RESIGNED', 'FAILED']
const explored = explore(coordinatorMachine, [...SAID, ...OUTCOMES])
const { start, steps } = explored
const isLeading = (state: string): boolean => state.startsWith('leading.')

test('a candidate begins by campaigning, and every state can be reached', () => {
  assert.equal([start.to, start.commands], ['campaigning', ['campaign']])
  assert.equal(statesOf(explored), [
    ...['campaigning', 'following', 'leading.idle', 'leading.looking', 'leading.outdated'],
    ...['overtaken', 'resigned', 'resigning'],
  ])
})

test('it leads only after it acquired the lease, and no longer than until it is lost', () => {
  for (const { from, event, to } of steps) {
    if (isLeading(to) && !isLeading(from)) {
      assert.ok(from === 'campaigning' || from === 'overtaken', from)
      assert.is(event, 'ACQUIRED')
    }
    if (isLeading(from) && event === 'LOST') assert.is(to, 'following')
  }
})

test('only a leader looks and renews', () => {
  for (const { from, to, commands } of steps) {
    if (commands.includes('look')) assert.ok(isLeading(to))
    if (commands.includes('renew')) assert.ok(isLeading(from) && isLeading(to))
  }
})

test('a leader renews with every tick, and an idle one looks as well', () => {
  for (const { from, event, commands } of steps) {
    if (!isLeading(from) || event !== 'TICK') continue
    assert.ok(commands.includes('renew'), from)
    assert.is(commands.includes('look'), from === 'leading.idle', from)
  }
})

test('after a change there is always another look, and never two at once', () => {
  for (const { from, event, to, commands } of steps) {
    const isBusy = from === 'leading.looking' || from === 'leading.outdated'
    const isDone = ['LOOKED', 'FAILED', 'ACQUIRED'].includes(event)
    if (commands.includes('look')) assert.ok(!isBusy || isDone, `${from} ${event}`)
    if (event === 'CHANGED' && isBusy) assert.is(to, 'leading.outdated')
    if (event === 'CHANGED' && from === 'leading.idle') assert.ok(commands.includes('look'))
  }
})

test('a follower tries again with every tick and every change', () => {
  for (const { from, event, to } of steps) {
    if (from !== 'following' || !['TICK', 'CHANGED'].includes(event)) continue
    assert.is(to, 'campaigning')
  }
})

test('what changes while it campaigns makes it campaign again, unless it leads by then', () => {
  for (const { from, event, to, commands } of steps) {
    if (from === 'campaigning' && event === 'CHANGED') assert.is(to, 'overtaken')
    if (from !== 'overtaken' || event === 'ACQUIRED' || event === 'RESIGN') continue
    const isOver = event === 'TAKEN' || event === 'FAILED'
    assert.equal([to, commands], isOver ? ['campaigning', ['campaign']] : ['overtaken', []], event)
  }
})

test('one that resigns gives the lease back, and follows only when it never had it', () => {
  assert.equal(
    statesOf(explored).filter((state) => !reaching(steps, 'resigned').has(state)),
    [],
  )
  for (const { from, event, to, commands } of steps) {
    if (event !== 'RESIGN' || from === 'resigning') continue
    if (from === 'following') assert.equal([to, commands], ['resigned', []])
    else assert.equal([to, commands], ['resigning', ['resign']])
  }
  for (const { from, to } of steps) {
    if (from === 'resigning') assert.match(to, /^resign/)
  }
})

test.run()
