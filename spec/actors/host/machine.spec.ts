// The life of a host, explored to its last state.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hostMachine } from '#actors/host/machine'
import { explore, reaching, statesOf } from './explore-chart.ts'

const SAID = ['TICK', 'CHANGED', 'STOP', 'EMPTY']
const OUTCOMES = ['JOINED', 'ID_TAKEN', 'RENEWED', 'EVICTED', 'LOOKED', 'LEFT', 'FAILED']
const explored = explore(hostMachine, [...SAID, ...OUTCOMES])
const { start, steps } = explored
const STOPPING = ['leaving', 'parting', 'left']

test('a host begins by joining', () => {
  assert.is(start.to, 'joining')
  assert.equal(start.commands, ['join'])
})

test('every state of the chart can be reached', () => {
  assert.equal(statesOf(explored), [
    ...['active.idle', 'active.looking', 'active.outdated', 'evicted', 'joining'],
    ...['leaving', 'left', 'parting', 'refused', 'waiting'],
  ])
})

test('a host can leave from every state but the one of being refused', () => {
  const can = reaching(steps, 'left')
  assert.equal(
    statesOf(explored).filter((state) => !can.has(state)),
    ['refused'],
  )
})

test('told to stop, it closes what it holds before it leaves, and begins nothing more', () => {
  for (const { from, event, to, commands } of steps) {
    if (event === 'STOP') assert.ok(STOPPING.includes(to), `${from} goes to ${to}`)
    if (!STOPPING.includes(from)) continue
    assert.ok(STOPPING.includes(to), `${from} ${event} goes to ${to}`)
    for (const command of commands) assert.ok(['renew', 'leave'].includes(command), command)
  }
  for (const { from, event, commands } of steps.filter(({ to }) => to === 'parting')) {
    if (from === 'parting') continue
    assert.equal([from, event, commands], ['leaving', 'EMPTY', ['leave']])
  }
})

test('only a member renews its record, also while it closes its tasks', () => {
  for (const { from, commands } of steps) {
    if (commands.includes('renew')) assert.match(from, /^(active\.|leaving)/)
  }
  const ticked = steps.filter(({ event }) => event === 'TICK')
  for (const state of ['active.idle', 'active.looking', 'active.outdated', 'leaving']) {
    assert.ok(ticked.find(({ from }) => from === state)?.commands.includes('renew'), state)
  }
})

test('an evicted host abandons its tasks before it joins again', () => {
  const evictions = steps.filter(({ from, to }) => to === 'evicted' && from !== 'evicted')
  assert.is(evictions.length, 3)
  for (const { commands } of evictions) assert.equal(commands, ['abandon'])
  for (const { from, event, to } of steps) {
    if (from !== 'evicted' || to === 'evicted') continue
    assert.ok(event === 'STOP' || (event === 'EMPTY' && to === 'joining'), event)
  }
})

test('after a change there is always another look, and never two at once', () => {
  for (const { from, event, to, commands } of steps) {
    const isLooking = from === 'active.looking' || from === 'active.outdated'
    const isDone = event === 'LOOKED' || event === 'FAILED'
    if (commands.includes('look')) assert.ok(!isLooking || isDone, `${from} ${event}`)
    if (event !== 'CHANGED' || !from.startsWith('active.')) continue
    if (isLooking) assert.is(to, 'active.outdated')
    else assert.ok(commands.includes('look'))
  }
  for (const { from, event, commands } of steps) {
    if (from !== 'active.outdated' || !['LOOKED', 'FAILED'].includes(event)) continue
    assert.equal(commands, ['look'])
  }
})

test('a host whose id is taken is over, and a broker that does not answer is asked again', () => {
  const taken = steps.find(({ from, event }) => from === 'joining' && event === 'ID_TAKEN')
  assert.equal([taken?.to, taken?.isFinal, taken?.commands], ['refused', true, []])
  const failed = steps.find(({ from, event }) => from === 'joining' && event === 'FAILED')
  assert.equal([failed?.to, failed?.commands], ['waiting', []])
  const again = steps.find(({ from, event }) => from === 'waiting' && event === 'TICK')
  assert.equal([again?.to, again?.commands], ['joining', ['join']])
})

test.run()
