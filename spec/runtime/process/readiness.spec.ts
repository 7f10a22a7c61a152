// A host is ready when it does all that it was given to do; when it is not, it says what is missing.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { HostView } from '#actors/host/host'
import type { TaskRole } from '#actors/host/messages'
import type { PlannedTopology } from '#runtime/process/planned-topology'
import { type Readiness, readiness } from '#runtime/process/readiness'

const TASKS = ['t/a/0', 't/a/1', 't/a/2']
const topologies = [
  { deployment: { topology: 't', tasks: { a: 3 } } },
] as unknown as readonly PlannedTopology[] // all that is looked at

interface Held {
  readonly role: TaskRole
  readonly state: string
  readonly what?: string
}

/** A host `me` that was given two tasks and a copy of the third, which `you` runs. */
function ask(held: Readonly<Record<string, Held>>, state = 'active', isStarted = true): Readiness {
  const view = new HostView()
  view.state = state
  view.placement = {
    version: 1,
    target: { 't/a/0': 'me', 't/a/1': 'me', 't/a/2': 'you' },
    granted: { 't/a/0': 'me', 't/a/1': 'me', 't/a/2': 'you' },
    standbys: { 't/a/2': ['me'], 't/a/0': ['you'] },
  }
  for (const [id, { role, state: its, what }] of Object.entries(held)) {
    const task = { id, topology: 't', subtopology: 'a', partition: 0, count: 3 }
    view.roster.add(task, role, 0)
    const error = what === undefined ? null : { code: 'X', what }
    view.roster.change(id, { state: its, error })
  }
  return readiness({ id: 'me', view, topologies, isStarted })
}

const well = {
  't/a/0': { role: 'active', state: 'running.idle' },
  't/a/1': { role: 'active', state: 'paused' },
  't/a/2': { role: 'standby', state: 'following' },
} as const

const codes = ({ reasons }: Readiness): string[] =>
  reasons.map(({ code, task }) => (task === undefined ? code : `${code} ${task}`))

test('a host that runs and follows all it was given is ready', () => {
  assert.equal(ask(well), { ready: true, reasons: [] })
})

test('every task that does not run, and every copy that does not follow, is a reason', () => {
  const each = { ...well, 't/a/0': { role: 'active', state: 'restoring' } } as const
  assert.equal(codes(ask(each)), ['TASK_NOT_RUNNING t/a/0'])
  assert.equal(
    codes(ask({})),
    TASKS.map((task) => `TASK_NOT_RUNNING ${task}`),
  )
  const opening = { ...well, 't/a/2': { role: 'standby', state: 'opening' } } as const
  assert.equal(codes(ask(opening)), ['TASK_NOT_RUNNING t/a/2'])
})

test('a copy in the place of the task is not the task', () => {
  const swapped = { ...well, 't/a/0': { role: 'standby', state: 'following' } } as const
  assert.equal(codes(ask(swapped)), ['TASK_NOT_RUNNING t/a/0'])
})

test('a task that failed says why', () => {
  const failed = { role: 'active', state: 'quarantined', what: 'it is poison' } as const
  const [reason] = ask({ ...well, 't/a/0': failed }).reasons
  assert.is(reason?.what, 't/a/0 is to run here and is quarantined: it is poison')
})

test('before it is a member, or has registered everything, it is not ready', () => {
  assert.equal(codes(ask(well, 'joining')), ['HOST_NOT_MEMBER'])
  assert.equal(codes(ask(well, 'leaving')), ['HOST_NOT_MEMBER'])
  assert.equal(codes(ask(well, 'active', false)), ['HOST_STARTING'])
})

test('tasks that nobody has placed yet are a reason, for any of them may be its own', () => {
  const parts = { id: 'me', topologies, isStarted: true }
  const view = new HostView()
  view.state = 'active'
  const asked = readiness({ ...parts, view })
  assert.equal(
    codes(asked),
    TASKS.map((task) => `TASK_UNPLACED ${task}`),
  )
  assert.not(asked.ready)
})

test('what a host has more than the active shape is not waited for', () => {
  const shaped = {
    topology: 't',
    tasks: { a: 3, b: 1 },
    plan: { is: { a: '1', b: '2' }, on: { a: '1' } },
  }
  const view = new HostView()
  view.state = 'active'
  const codes = (active: Record<string, string>) => {
    const target = { 't/a/0': 'you', 't/a/1': 'you', 't/a/2': 'you' }
    view.placement = { version: 1, target, granted: target, standbys: {}, active: { t: active } }
    const topologies = [{ deployment: shaped }] as unknown as readonly PlannedTopology[] // as above
    return readiness({ id: 'me', view, topologies, isStarted: true }).reasons.map(
      ({ code }) => code,
    )
  }
  assert.equal(codes({ a: '1' }), [])
  assert.equal(codes({ a: '1', b: '2' }), ['TASK_UNPLACED'])
})

test.run()
