// The host actor on a broker in memory: it runs what it was granted and nothing else, whoever takes
// its record away, whatever happens to its workers.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Answer } from '#actors/host/messages'
import type { Keys } from '#protocols/broker/broker'
import { MillraceError } from '#protocols/core/errors'
import { hostKey } from '#protocols/messages/membership'
import { APP, codeOf, type FakeWorker, HostWorld } from './host-world.ts'
import { started, T0, T1, TASKS, TestHost } from './test-host.ts'

test('a host says in its record what it can run, and who it is', async () => {
  const world = new HostWorld()
  const host = await started(world)
  const { id, pid, socket, state, topologies, held, stateful } = (await world.member('a')) ?? {}
  assert.equal([id, pid, socket, state, held], ['a', 7, 'a', 'active', []])
  assert.equal(topologies, { t: TASKS })
  assert.equal(stateful, ['t/all'])
  assert.equal(host.refusals, [null])
})

test('it offers to run a topology when all its workers could, and not before', async () => {
  const world = new HostWorld()
  const host = new TestHost(world, 'a', 'a', 2)
  const [first, second] = host.workers as [FakeWorker, FakeWorker]
  first.loads = second.loads = false
  host.deploy()
  const offered = async () => (await world.member('a'))?.topologies
  await world.clock.settle()
  first.loaded('t')
  await world.clock.settle()
  assert.equal(await offered(), {})
  second.loaded('t')
  await world.clock.settle()
  assert.equal(await offered(), { t: TASKS })
  // One that begins again has it to load again; its tasks wait for that.
  first.told.length = 0
  first.failNext()
  const question = { about: 'tasks' } as const
  const asked = host.ref.ask<Answer>(
    (reply) => ({ type: 'question', worker: 0, question, reply }),
    60_000,
  )
  const outcome = codeOf(asked)
  await world.clock.advance(3000)
  assert.is(await outcome, 'WORKER_AWAY')
  assert.is(first.told.filter(({ type }) => type === 'deploy').length, 1)
  assert.equal(await offered(), { t: TASKS })
})

test('it says how much it takes of the work, and where it stands, when it was told', async () => {
  const world = new HostWorld()
  await started(world)
  const { capacity, zone } = (await world.member('a')) ?? {}
  assert.equal([capacity, zone], [undefined, undefined])
  new TestHost(world, 'b', 'b', 1, { capacity: 2.5, zone: 'east' })
  await world.clock.settle()
  const b = await world.member('b')
  assert.equal([b?.capacity, b?.zone], [2.5, 'east'])
})

test('it starts what it was granted, closes what it is no longer, and holds it until it is closed', async () => {
  const world = new HostWorld()
  const host = await started(world)
  await world.place({ [T0]: 'a', [T1]: 'b' })
  await world.clock.settle()
  assert.equal(host.worker.take(), [`start ${T0}`])
  assert.equal((await world.member('a'))?.held, [T0])
  host.worker.closes = false
  await world.place({ [T0]: 'b', [T1]: 'a' }, 2)
  await world.clock.settle()
  assert.equal(host.worker.take().sort(), [`start ${T1}`, `stop ${T0} clean`])
  assert.equal((await world.member('a'))?.held, [T0, T1])
  host.worker.closed(T0)
  await world.clock.settle()
  assert.equal((await world.member('a'))?.held, [T1])
})

test('tasks are shared and move while the disk stands still', async () => {
  const world = new HostWorld()
  world.disk.isStanding = true
  const [a, b] = [new TestHost(world, 'a'), new TestHost(world, 'b')]
  a.deploy()
  await world.clock.settle()
  assert.is(a.worker.take().length, TASKS.all)
  b.deploy()
  await world.clock.settle()
  for (const { id } of b.view.roster.of('standby').map(({ task }) => task)) {
    b.worker.say({ type: 'news', news: { id, state: 'following', lag: 0 } })
  }
  await world.clock.settle()
  const held = (host: TestHost) => host.view.roster.of('active').map(({ task }) => task.id)
  assert.ok(held(b).length > 0)
  assert.equal([...held(a), ...held(b)].sort(), [T0, T1, 't/all/2'])
})

test('it keeps the copies it should, and says how far each is as soon as that matters', async () => {
  const world = new HostWorld()
  const host = await started(world)
  await world.place({ [T0]: 'b', [T1]: 'a' }, 1, { [T0]: ['a'], [T1]: ['b', 'a'] })
  await world.clock.settle()
  assert.equal(host.worker.take().sort(), [`follow ${T0}`, `start ${T1}`])
  const copies = async () => (await world.member('a'))?.copies
  assert.equal([(await world.member('a'))?.held, await copies()], [[T1], { [T0]: -1 }])
  const say = async (lag: number): Promise<void> => {
    host.worker.say({ type: 'news', news: { id: T0, state: 'following', lag } })
    await world.clock.settle()
  }
  await say(500_000)
  assert.equal(await copies(), { [T0]: -1 }, 'it is of no use yet: the next tick will tell')
  await say(10_000)
  assert.equal(await copies(), { [T0]: 10_000 })
  await say(0)
  await world.clock.advance(2000)
  assert.equal(await copies(), { [T0]: 0 })
})

test('a host that is fenced abandons what it has and starts nothing, until it is not', async () => {
  const world = new HostWorld()
  const host = await started(world)
  await world.place({ [T0]: 'a', [T1]: 'b' }, 1, { [T1]: ['a'] })
  await world.clock.settle()
  assert.equal(host.worker.take().sort(), [`follow ${T1}`, `start ${T0}`])
  await world.wish({ fenced: ['a', 'z'] })
  await world.clock.settle()
  assert.equal(host.worker.take().sort(), [`stop ${T0} dirty`, `stop ${T1} dirty`])
  const { held, copies, state } = (await world.member('a')) ?? {}
  assert.equal([held, copies, state], [[], {}, 'active'], 'it stays a member')
  await world.place({ [T0]: 'a', [T1]: 'a' }, 2)
  await world.clock.advance(5000)
  assert.equal(host.worker.take(), [])
  await world.wish({ fenced: ['z'] })
  await world.clock.settle()
  assert.equal(host.worker.take().sort(), [`start ${T0}`, `start ${T1}`])
})

test('a host that drains runs what it is granted, for as long as it is', async () => {
  const world = new HostWorld()
  const host = await started(world)
  await world.wish({ draining: ['a'] })
  await world.place({ [T0]: 'a' })
  await world.clock.settle()
  assert.equal(host.worker.take(), [`start ${T0}`])
  await world.place({ [T0]: 'b' }, 2)
  await world.clock.settle()
  assert.equal(host.worker.take(), [`stop ${T0} clean`])
})

test('a copy is told to become its task, which is held from then on; a task is closed before its copy', async () => {
  const world = new HostWorld()
  const host = await started(world)
  await world.place({ [T0]: 'b' }, 1, { [T0]: ['a'] })
  await world.clock.settle()
  assert.equal(host.worker.take(), [`follow ${T0}`])
  await world.place({ [T0]: 'a' }, 2)
  await world.clock.settle()
  assert.equal(host.worker.take(), [`start ${T0}`])
  const { held, copies } = (await world.member('a')) ?? {}
  assert.equal([held, copies], [[T0], {}])
  host.worker.closes = false
  await world.place({ [T0]: 'b' }, 3, { [T0]: ['a'] })
  await world.clock.settle()
  assert.equal(host.worker.take(), [`stop ${T0} clean`])
  host.worker.closed(T0)
  await world.clock.settle()
  assert.equal(host.worker.take(), [`follow ${T0}`])
})

test('a copy is closed before its task is started on a worker that has less to do', async () => {
  const world = new HostWorld()
  const host = await started(world, 2)
  const [busy, other] = host.workers as [FakeWorker, FakeWorker]
  await world.place({ [T0]: 'b', [T1]: 'a' }, 1, { [T0]: ['a'] })
  await world.clock.settle()
  assert.equal(busy.take().sort(), [`follow ${T0}`, `start ${T1}`])
  busy.closes = false
  await world.place({ [T0]: 'a', [T1]: 'a' }, 2)
  await world.clock.settle()
  assert.equal([busy.take(), other.take()], [[`stop ${T0} clean`], []])
  busy.closed(T0)
  await world.clock.settle()
  assert.equal([busy.take(), other.take()], [[], [`start ${T0}`]])
})

test('its record stays while its process lives, and no longer', async () => {
  const world = new HostWorld()
  const host = await started(world)
  await world.clock.advance(60_000)
  assert.ok(await world.member('a'))
  host.process.clock.kill()
  await world.clock.advance(8001)
  assert.is(await world.member('a'), null)
})

test('a host that lost its record abandons its tasks, joins again, and runs what it is granted then', async () => {
  const world = new HostWorld()
  const host = await started(world)
  await world.place({ [T0]: 'a' })
  await world.clock.settle()
  host.worker.take()
  await world.remove(hostKey(APP, 'a'))
  await world.clock.advance(2000)
  assert.equal(host.worker.take(), [`stop ${T0} dirty`, `start ${T0}`])
  assert.equal((await world.member('a'))?.held, [T0])
  assert.is(host.view.state, 'active.idle')
})

test('what workers say while it has no turn is not lost, however much it is: it joins again', async () => {
  const world = new HostWorld()
  const host = await started(world)
  await world.place({ [T0]: 'a' })
  await world.clock.settle()
  host.worker.closes = false
  await world.remove(hostKey(APP, 'a'))
  await world.clock.advance(2000)
  assert.is(host.view.state, 'evicted')
  host.worker.take()
  // A process that stood still finds everything its threads said meanwhile at once.
  for (let n = 0; n < 5000; n++) {
    host.worker.say({ type: 'news', news: { id: T0, state: 'running.working' } })
  }
  host.worker.closed(T0)
  await world.clock.advance(2000)
  assert.equal(host.worker.take(), [`start ${T0}`])
  assert.is(host.view.state, 'active.idle')
})

test('a wall clock that is set an hour ahead costs a membership, and one that is set back costs nothing', async () => {
  const world = new HostWorld()
  const host = await started(world)
  await world.place({ [T0]: 'a' })
  await world.clock.settle()
  host.worker.take()
  world.skewMs = 3_600_000
  await world.clock.advance(4000)
  assert.equal(host.worker.take(), [`stop ${T0} dirty`, `start ${T0}`])
  assert.equal((await world.member('a'))?.held, [T0])
  world.skewMs = 0
  await world.clock.advance(60_000)
  assert.equal(host.worker.take(), [])
  assert.equal([host.view.state, (await world.member('a'))?.held], ['active.idle', [T0]])
})

test('a host whose id was taken meanwhile holds nothing and says so', async () => {
  const world = new HostWorld()
  const host = await started(world)
  await world.place({ [T0]: 'a' })
  await world.clock.settle()
  host.worker.take()
  await world.join('a', { incarnation: 'other', socket: 'other' })
  const other = setOften(world)
  await world.clock.advance(2000)
  for (let n = 0; n < 8; n++) {
    await other()
    await world.clock.advance(1000)
  }
  assert.equal(host.worker.take(), [`stop ${T0} dirty`])
  assert.is(host.view.state, 'refused')
  assert.match(String(host.refusals.at(-1)), /another process runs as host 'a'/)
})

test('a host whose directory is gone says so, for there is nothing left to be a member of', async () => {
  const world = new HostWorld()
  const { broker } = world.process('here')
  const gone = new MillraceError({ code: 'DIRECTORY_REPLACED', what: 'it was removed' })
  let isGone = false
  const keys = {
    ...broker.keys,
    get: (key: string) => broker.keys.get(key),
    watch: (prefix: string, changed: () => void) => broker.keys.watch(prefix, changed),
    put: (...args: Parameters<Keys['put']>) =>
      isGone ? Promise.reject(gone) : broker.keys.put(...args),
  }
  const host = new TestHost(world, 'a', 'a', 1, { broker: { ...broker, keys } })
  await world.clock.settle()
  assert.equal(host.refusals, [null])
  isGone = true
  await world.clock.advance(2000)
  assert.is(host.refusals[1], gone)
})

/** The other process with the id renews its record. */
const setOften = (world: HostWorld) => () =>
  world.join('a', { incarnation: 'other', socket: 'other' })

test('a second process with the id is refused, whether the first lives or only stands still', async () => {
  const world = new HostWorld()
  await started(world)
  const second = new TestHost(world, 'a', 'second')
  await world.clock.advance(8000)
  assert.match(String(second.refusals[0]), /another process runs as host 'a'/)
})

test('the id of a process that is gone is free at once', async () => {
  const world = new HostWorld()
  const host = await started(world)
  host.process.clock.kill()
  world.gone.add('a')
  const second = new TestHost(world, 'a', 'second')
  await world.clock.settle()
  assert.equal(second.refusals, [null])
  assert.is((await world.member('a'))?.socket, 'second')
})

test('one that is told to stop drains: it takes nothing, closes everything, then leaves', async () => {
  const world = new HostWorld()
  const host = await started(world)
  await world.place({ [T0]: 'a' })
  await world.clock.settle()
  host.worker.take()
  host.worker.closes = false
  const stopped = host.process.system.stop()
  await world.clock.advance(2100)
  assert.is((await world.member('a'))?.state, 'draining')
  await world.place({ [T0]: 'a', [T1]: 'a' }, 2)
  await world.clock.advance(2100)
  assert.equal(host.worker.take(), [`stop ${T0} clean`])
  host.worker.closed(T0)
  await world.now(stopped)
  assert.is(await world.member('a'), null)
})

test('a worker that begins again is told of its topologies and given its tasks anew', async () => {
  const world = new HostWorld()
  const host = await started(world, 2)
  await world.place({ [T0]: 'a', [T1]: 'a' })
  await world.clock.settle()
  const [first, second] = host.workers as [FakeWorker, FakeWorker]
  assert.equal([...first.take(), ...second.take()].sort(), [`start ${T0}`, `start ${T1}`])
  first.failNext()
  host.ref.tell({ type: 'order', id: T0, order: 'restart' })
  host.ref.tell({ type: 'order', id: T1, order: 'restart' })
  await world.clock.advance(1000)
  const types = first.told.map(({ type }) => type)
  assert.ok(types.indexOf('deploy') < types.indexOf('start'), types.join(' '))
  assert.is(first.take().length, 1)
  assert.equal(second.take(), [])
  assert.is(host.view.roster.size, 2)
})

test('a question to a worker that fails is answered by its failure, not by silence', async () => {
  const world = new HostWorld()
  const host = await started(world)
  host.worker.failNext()
  const answer = host.ref.ask<Answer>(
    (reply) => ({ type: 'question', worker: 0, question: { about: 'tasks' }, reply }),
    60_000,
  )
  const outcome = codeOf(answer)
  await world.clock.advance(1000)
  assert.is(await outcome, 'WORKER_AWAY')
})

test('a retired topology is closed, and its end is told when nothing of it is held', async () => {
  const world = new HostWorld()
  const host = await started(world)
  await world.place({ [T0]: 'a' })
  await world.clock.settle()
  host.worker.take()
  host.worker.closes = false
  let isRetired = false
  const retired = host.ref.ask<void>((reply) => ({ type: 'retire', topology: 't', reply }), 60_000)
  void retired.then(() => {
    isRetired = true
  })
  await world.clock.settle()
  assert.equal(host.worker.take(), [`stop ${T0} clean`])
  assert.equal((await world.member('a'))?.topologies, {})
  assert.not(isRetired)
  host.worker.closed(T0)
  await world.clock.settle()
  assert.ok(isRetired)
})

test('a task that ended by itself is started again while it is granted', async () => {
  const world = new HostWorld()
  const host = await started(world)
  await world.place({ [T0]: 'a' })
  await world.clock.settle()
  host.worker.take()
  host.worker.closed(T0)
  await world.clock.settle()
  assert.equal(host.worker.take(), [`start ${T0}`])
})

test('a task of a topology, or of a shape of one, that it does not run is left alone', async () => {
  const world = new HostWorld()
  const host = await started(world)
  await world.place({ 'u/all/0': 'a', 't/other/0': 'a' })
  await world.clock.settle()
  assert.equal(host.worker.take(), [])
})

test.run()
