// A chart at work: commands come out in order, time is the actor's, and a bug is thrown at its owner.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assign, emit, setup } from 'xstate'
import { Chart } from '#actors/kernel/chart'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'

type Event = { readonly type: 'GO' | 'DONE' | 'BREAK' }
type Command = { readonly type: 'first' | 'second' }

const machine = setup({
  types: {
    context: {} as { count: number }, // types only
    events: {} as Event, // types only
    emitted: {} as Command, // types only
  },
  actions: { first: emit({ type: 'first' }), second: emit({ type: 'second' }) },
}).createMachine({
  context: { count: 0 },
  initial: 'resting',
  options: { maxIterations: 100 },
  states: {
    resting: { on: { GO: 'working', BREAK: { actions: assign(() => fail()) } } },
    working: {
      entry: ['first', 'second'],
      initial: 'calm',
      states: { calm: { after: { 100: 'late' } }, late: {} },
      on: { DONE: 'over' },
    },
    over: { type: 'final' },
  },
})

function fail(): never {
  throw new Error('a bug')
}

function started(obey: (command: Command, chart: Chart<typeof machine, Command>) => void) {
  const clock = new SimulatedClock()
  const chart: Chart<typeof machine, Command> = new Chart(machine, clock, (command: Command) =>
    obey(command, chart),
  )
  chart.start()
  return { chart, clock }
}

test('commands come in order, after the transition, and an event told meanwhile waits', () => {
  const seen: string[] = []
  const { chart } = started(({ type }, self) => {
    seen.push(`${type} in ${self.state}`)
    if (type === 'first') self.tell({ type: 'DONE' })
  })
  chart.tell({ type: 'GO' })
  assert.equal(seen, ['first in working.calm', 'second in working.calm'])
  assert.is(chart.state, 'over')
  assert.ok(chart.isOver)
})

test('delays run on the clock of the actor', async () => {
  const { chart, clock } = started(() => {})
  chart.tell({ type: 'GO' })
  await clock.advance(99)
  assert.is(chart.state, 'working.calm')
  await clock.advance(1)
  assert.is(chart.state, 'working.late')
})

test('what the chart throws, or the one who obeys it, is thrown at the one who tells', () => {
  assert.throws(() => started(() => {}).chart.tell({ type: 'BREAK' }), /a bug/)
  assert.throws(() => started(fail).chart.tell({ type: 'GO' }), /a bug/)
})

test('a step to another outermost state is remembered longer than those within one', async () => {
  const { chart, clock } = started(() => {})
  chart.tell({ type: 'DONE' })
  chart.tell({ type: 'GO' })
  await clock.advance(100)
  for (let i = 0; i < 100; i++) chart.tell({ type: 'GO' })
  chart.tell({ type: 'DONE' })
  assert.equal(
    chart.turns.map(({ event, state }) => [event, state]),
    [
      ['GO', 'working.calm'],
      ['DONE', 'over'],
    ],
  )
})

test('the newest steps are remembered', () => {
  const { chart } = started(() => {})
  for (let i = 0; i < 100; i++) chart.tell({ type: 'DONE' })
  chart.tell({ type: 'GO' })
  assert.is(chart.steps.length, 64)
  assert.equal([chart.steps.at(-1)?.event, chart.steps.at(-1)?.state], ['GO', 'working.calm'])
})

test.run()
