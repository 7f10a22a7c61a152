// The task actor at work: it does what its chart says, in turns, and answers for what goes wrong.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { query, type TaskFacts } from '#actors/task/messages'
import { TaskMeter } from '#actors/task/meter'
import { taskActor } from '#actors/task/task'
import { isMillraceError } from '#protocols/core/errors'
import type { TaskState } from '#stores/changelog/task-state'
import { FakeWork, failure, TaskWorld } from './fake-work.ts'

const clean = { type: 'stop', mode: 'clean' } as const
const dirty = { type: 'stop', mode: 'dirty' } as const
const opening = 'open claim restore start'

test('a task opens, claims, restores, starts, works, and waits for data without a timer', async () => {
  const world = new TaskWorld()
  await world.clock.settle()
  assert.is(world.calls, `${opening} work`)
  assert.is(world.state, 'running.idle')
  assert.is(world.clock.timers, 0)
})

test('data wakes an idle task, and what it brought is committed at once', async () => {
  const world = new TaskWorld()
  await world.clock.settle()
  world.work.slices.push('more', 'commit')
  world.work.ring()
  await world.clock.settle()
  assert.is(world.calls, `${opening} work work work commit work`)
  assert.is(world.clock.timers, 0)
})

test('control messages come between two slices of work', async () => {
  const seen: string[] = []
  const reply = { ok: () => seen.push('facts'), fail: () => {} }
  const world = new TaskWorld((work) => {
    work.slices.push('more', 'more', 'commit')
    work.onSlice = () => {
      seen.push('slice')
      world.ref.tell({ type: 'facts', reply })
    }
  })
  await world.clock.settle()
  assert.is(seen.join(' '), 'slice facts slice facts slice facts slice facts')
})

test('two busy tasks work in turns', async () => {
  const order: string[] = []
  const busy = (name: string) => (work: FakeWork) => {
    work.slices.push('more', 'more', 'more', 'more', 'more')
    work.onSlice = () => order.push(name)
  }
  const world = new TaskWorld(busy('a'))
  const other = new FakeWork()
  busy('b')(other)
  const meter = new TaskMeter()
  const ports = { id: 'b', meter, work: () => other, wipe: async () => {}, report: () => {} }
  world.system.spawn(taskActor(ports), 'b')
  await world.clock.settle()
  assert.is(order.join(''), 'abababababab')
})

test('a clean stop commits, then closes clean, then says so, and the actor is dead', async () => {
  const world = new TaskWorld((work) => work.slices.push('commit'))
  await world.clock.settle()
  world.work.slices.push('more', 'more', 'more')
  world.work.ring()
  world.ref.tell(clean)
  await world.clock.settle()
  assert.match(world.calls, /commit close clean$/)
  assert.equal(world.reports.at(-1), { type: 'closed', isClean: true })
  assert.is(world.ref.tell(clean), 'dead')
})

test('a stop while a commit is under way waits for it', async () => {
  const world = new TaskWorld((work) => {
    work.slices.push('commit')
    work.held.add('commit')
  })
  await world.clock.settle()
  await world.tell(clean)
  await world.clock.advance(1000)
  assert.match(world.calls, /work commit$/)
  world.work.finish('commit')
  await world.clock.settle()
  assert.match(world.calls, /work commit close clean$/)
})

test('a dirty stop does not wait for the commit, and its late outcome changes nothing', async () => {
  const world = new TaskWorld((work) => {
    work.slices.push('commit')
    work.held.add('commit')
  })
  await world.clock.settle()
  await world.tell(dirty)
  assert.match(world.calls, /commit close dirty$/)
  world.work.finish('commit')
  await world.clock.settle()
  assert.match(world.calls, /commit close dirty$/)
  assert.equal(world.reports.at(-1), { type: 'closed', isClean: false })
})

test('an answer to an operation that was given up is not heard', async () => {
  const world = new TaskWorld((work, n) => {
    if (n === 0) work.held.add('claim')
  })
  await world.clock.settle()
  world.work.failing.set('claim', failure('TASK_FENCED'))
  await world.tell(dirty)
  world.work.finish('claim')
  await world.clock.settle()
  assert.is(world.of('fenced').length, 0)
  assert.is(world.calls, 'open claim close dirty')
})

test('a rejected claim is tried again with a new work after a backoff', async () => {
  const world = new TaskWorld((work, n) => {
    if (n === 0) work.failing.set('claim', failure('BROKER_AWAY', 'soon'))
  })
  await world.clock.advance(199)
  assert.is(world.calls, 'open claim close dirty')
  assert.is(world.state, 'backoff')
  await world.clock.advance(1)
  assert.is(world.calls, `open claim close dirty | ${opening} work`)
})

test('weather is waited out for ever, ever more slowly', async () => {
  const world = new TaskWorld((work) => work.failing.set('open', failure('BROKER_AWAY', 'later')))
  await world.clock.advance(10 * 60_000)
  assert.is(world.of('quarantined').length, 0)
  assert.ok(world.works.length > 20 && world.works.length < 40, `${world.works.length} tries`)
})

test('a fenced commit closes dirty and ends the task; nothing is tried again', async () => {
  const world = new TaskWorld((work) => {
    work.slices.push('commit')
    work.failing.set('commit', failure('TASK_FENCED'))
  })
  await world.clock.advance(100_000)
  assert.is(world.calls, `${opening} work commit close dirty`)
  assert.is(world.of('fenced').length, 1)
  assert.equal(world.reports.at(-1), { type: 'closed', isClean: false })
})

test('untrusted stores are wiped and opened again at once', async () => {
  const world = new TaskWorld((work, n) => {
    if (n === 0) work.failing.set('restore', failure('STORE_UNTRUSTED', 'soon'))
  })
  await world.clock.settle()
  assert.is(world.wipes, 1)
  assert.is(world.calls, `open claim restore close dirty | ${opening} work`)
})

test('a commit without room waits in place and is tried by the same work', async () => {
  const world = new TaskWorld((work) => {
    work.slices.push('commit')
    work.failing.set('commit', failure('DISK_FULL', 'later'))
    work.isKept = true
  })
  await world.clock.advance(200 + 400)
  assert.is(world.state, 'running.stalled')
  world.work.failing.delete('commit')
  await world.clock.advance(800)
  assert.is(world.calls, `${opening} work commit commit commit commit work`)
  assert.is(world.works.length, 1)
  assert.is(world.clock.timers, 0)
})

test('a commit that was used up by its broker starts the work anew', async () => {
  const world = new TaskWorld((work, n) => {
    if (n > 0) return
    work.slices.push('commit')
    work.failing.set('commit', failure('DISK_FULL', 'later'))
  })
  await world.clock.advance(200)
  assert.is(world.calls, `${opening} work commit close dirty | ${opening} work`)
})

const poison = { topic: 'in', partition: 0, offset: 7 }
const poisoned = (): TaskWorld =>
  new TaskWorld((work) => {
    work.slices.push(failure('USER_FUNCTION_FAILED', 'soon'))
    work.poison = poison
  })

test('the same record three times quarantines the task: closed, addressable, without timers', async () => {
  const world = poisoned()
  await world.clock.advance(100_000)
  assert.is(world.works.length, 3)
  assert.is(world.state, 'quarantined')
  assert.match(world.calls, /close dirty$/)
  assert.is(world.clock.timers, 0)
  assert.is(world.of('failed').length, 3)
  assert.equal(
    world.of('quarantined').map((report) => 'poison' in report && report.poison),
    [poison],
  )
  const facts = await answer<TaskFacts>(world, (reply) => ({ type: 'facts', reply }))
  assert.equal([facts.state, facts.restarts, facts.poison], ['quarantined', 2, poison])
})

test('a task with nothing open says how far its commits had come', async () => {
  const world = poisoned()
  await world.clock.advance(100_000)
  assert.is(world.state, 'quarantined')
  const { work } = await answer<TaskFacts>(world, (reply) => ({ type: 'facts', reply }))
  const at = { topic: 'in', partition: 0 }
  // Two records were taken in behind the commit: they are to be taken in again.
  assert.equal(work?.positions, [{ at, position: 1, committed: 1, lag: 4 }])
  assert.is(work?.records, 3)
})

test('retry gives a quarantined task three more tries', async () => {
  const world = poisoned()
  await world.clock.advance(100_000)
  await world.tell({ type: 'retry' })
  await world.clock.advance(100_000)
  assert.is(world.works.length, 6)
  assert.is(world.state, 'quarantined')
})

test('skip passes the record over in every work from then on', async () => {
  let isMended = false
  const world = new TaskWorld((work) => {
    if (isMended) return
    work.slices.push(failure('USER_FUNCTION_FAILED', 'soon'))
    work.poison = poison
  })
  await world.clock.advance(100_000)
  isMended = true
  await world.tell({ type: 'skip' })
  assert.match(world.calls, new RegExp(`skip in/0/7 ${opening} work$`))
  assert.is(world.state, 'running.idle')
})

test('a throwing user function never fails the actor', async () => {
  const world = new TaskWorld((work, n) => {
    if (n < 2) work.slices.push(new TypeError('x is not a function'))
  })
  await world.clock.advance(100_000)
  const [actor] = world.system.tree().children
  assert.is(actor?.restarts, 0)
  assert.is(actor?.status, 'running.idle')
})

test('more faults than the window allows quarantine, at whatever record', async () => {
  const world = new TaskWorld((work, n) => {
    work.slices.push(new Error('again'))
    work.poison = { ...poison, offset: n }
  })
  await world.clock.advance(100_000)
  assert.is(world.works.length, 6)
  assert.is(world.state, 'quarantined')
})

test('a topology that cannot be wired is a fault like any other', async () => {
  const world = new TaskWorld((work) => work.failing.set('start', new Error('no such store')))
  await world.clock.advance(100_000)
  assert.is(world.state, 'quarantined')
})

test('pause commits first and takes in nothing until resume; everything stays open', async () => {
  const world = new TaskWorld()
  await world.clock.settle()
  world.work.slices.push('more', 'more', 'more', 'more')
  world.work.ring()
  await world.tell({ type: 'pause' })
  const { calls } = world
  assert.match(calls, /commit$/)
  assert.is(world.state, 'paused')
  world.work.ring()
  await world.clock.advance(10_000)
  assert.is(world.calls, calls)
  await world.tell({ type: 'resume' })
  assert.match(world.calls, /commit work/)
})

test('restart commits, closes clean and opens again with a new work, whatever state it is in', async () => {
  const world = new TaskWorld()
  await world.clock.settle()
  world.work.slices.push('more', 'more')
  world.work.ring()
  await world.tell({ type: 'restart' })
  await world.clock.settle()
  assert.match(world.calls, new RegExp(`commit close clean \\| ${opening} work$`))
  assert.is(world.works.length, 2)
  await world.tell({ type: 'pause' })
  await world.tell({ type: 'restart' })
  await world.clock.settle()
  assert.match(world.calls, new RegExp(`close clean \\| ${opening}$`))
  assert.is(world.state, 'paused')
})

test('reset throws the stores away between two lives, and nothing else', async () => {
  const world = new TaskWorld()
  await world.clock.settle()
  await world.tell({ type: 'reset' })
  await world.clock.settle()
  assert.is(world.wipes, 1)
  assert.match(world.calls, new RegExp(`close clean \\| ${opening} work$`))
  assert.is(world.state, 'running.idle')
})

test('a task put into quarantine says so, not what it failed at before, and waits for good', async () => {
  const world = new TaskWorld((work, n) => {
    if (n === 0) work.slices.push(new Error('once'))
  })
  await world.clock.advance(10_000)
  assert.is(world.state, 'running.idle')
  await world.tell({ type: 'quarantine' })
  await world.clock.advance(100_000)
  assert.is(world.state, 'quarantined')
  assert.match(world.calls, /close clean$/)
  const [said] = world.of('quarantined')
  assert.ok(said?.type === 'quarantined' && isMillraceError(said.error, 'TASK_PARKED'))
  await world.tell({ type: 'restart' })
  await world.clock.settle()
  assert.is(world.state, 'running.idle')
})

test('stopping the system closes its tasks clean', async () => {
  const world = new TaskWorld()
  await world.clock.settle()
  const stopped = world.system.stop()
  await world.clock.settle()
  await stopped
  assert.match(world.calls, /close clean$/)
})

test('a close that hangs is left behind after the deadline, and the stop goes on', async () => {
  const world = new TaskWorld((work) => work.held.add('close'))
  await world.clock.settle()
  const stopped = world.system.stop()
  await world.clock.advance(60_000)
  await stopped
  assert.is(world.ref.tell(clean), 'dead')
})

test('a close that fails is not clean, and the task is closed all the same', async () => {
  const world = new TaskWorld((work) => work.failing.set('close', failure('DISK_FULL', 'later')))
  await world.clock.settle()
  await world.tell(clean)
  assert.equal(world.reports.at(-1), { type: 'closed', isClean: false })
  assert.ok(world.logged.includes('TASK_CLOSE_FAILED'))
})

test('a running task answers queries on its stores; one that is not refuses at once', async () => {
  const state = { names: ['counts'] } as unknown as TaskState // all that is asked of it
  const world = new TaskWorld((work) => Object.assign(work, { state }))
  const names = (): Promise<readonly string[]> =>
    answer(world, (reply) => query((stores) => stores.names, reply))
  assert.ok(isMillraceError(await names().catch((error) => error), 'TASK_NOT_SERVING'))
  await world.clock.settle()
  assert.equal(await names(), ['counts'])
  const thrown = answer<string>(world, (reply) =>
    query(() => {
      throw new Error('no such store')
    }, reply),
  )
  assert.match(String(await thrown.catch(String)), 'no such store')
  assert.is(world.state, 'running.idle')
})

async function answer<R>(
  world: TaskWorld,
  make: Parameters<typeof world.ref.ask<R>>[0],
): Promise<R> {
  const answered = world.ref.ask<R>(make, 1000)
  answered.catch(() => {})
  await world.clock.settle()
  return answered
}

test.run()
