// The worker actor with real tasks on a broker in memory: each is started once and its end is told
// once, whatever comes in between.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Deployment, FromWorker, ToWorker } from '#actors/host/messages'
import { workerActor } from '#actors/host/worker'
import type { ActorRef } from '#actors/kernel/actor'
import type { TopologyPlan } from '#actors/topology/plan'
import { utf8 } from '#protocols/core/bytes'
import { BatchBuilder } from '#protocols/records/batch'
import { taskSettings } from '#runtime/process/task-settings'
import { memoryEngine } from '#stores/engine/memory'
import { wordcount } from '../../examples/wordcount/wordcount.ts'
import { APP, HostWorld } from './host-world.ts'

const COUNTS = 'wordcount/counts/0'
const REPARTITION = `${APP}.wordcount.counts.repartition`
const deployment: Deployment = {
  topology: 'wordcount',
  module: null,
  tasks: { lines: 1, counts: 1 },
  stateful: ['counts'],
  topicPartitions: { lines: 1, 'word-counts': 1, [REPARTITION]: 1 },
}
const task = {
  ...{ id: COUNTS, topology: 'wordcount', subtopology: 'counts' },
  partition: 0,
  count: 1,
}

class World extends HostWorld {
  readonly said: FromWorker[] = []
  readonly wiped: string[] = []
  readonly worker: ActorRef<ToWorker>
  loaded: (plan: TopologyPlan | Promise<TopologyPlan>) => void = () => {}
  #number = 0

  constructor() {
    super()
    const { broker, system } = this.process('one')
    const props = workerActor({
      ...{ index: 0, application: APP, host: 'one', broker, settings: taskSettings({}) },
      storage: {
        open: async () => ({ disk: memoryEngine(), memory: memoryEngine() }),
        wipe: async ({ id }) => void this.wiped.push(id),
      },
      plan: () =>
        new Promise((resolve) => {
          this.loaded = resolve
        }),
      report: (message) => void this.said.push(message),
    })
    this.worker = system.spawn(props, 'worker')
  }

  async prepare(): Promise<void> {
    for (const name of Object.keys(deployment.topicPartitions)) {
      await this.now(this.broker.topics.ensure({ name, partitions: 1 }))
    }
  }

  async tell(...messages: ToWorker[]): Promise<void> {
    for (const message of messages) this.worker.tell(message)
    await this.clock.settle()
  }

  async load(): Promise<void> {
    this.loaded(wordcount.plan(APP))
    await this.clock.settle()
  }

  /** States of the task, in order. */
  states(): string[] {
    return this.said.flatMap((message) => (message.type === 'news' ? [message.news.state] : []))
  }

  async ask(question: Extract<ToWorker, { type: 'question' }>['question']): Promise<FromWorker> {
    const number = ++this.#number
    await this.tell({ type: 'question', number, question })
    await this.clock.advance(3000)
    const found = this.said.find((it) => 'number' in it && it.number === number)
    if (found === undefined) throw new Error('no answer')
    return found
  }
}

test('a worker says that it is ready before anything else', async () => {
  const world = new World()
  await world.clock.settle()
  assert.equal(world.said, [{ type: 'ready' }])
})

test('a task waits for its plan, then runs; its end is told when it is closed', async () => {
  const world = new World()
  await world.prepare()
  await world.tell({ type: 'deploy', deployment }, { type: 'start', task, role: 'active' })
  assert.equal(world.states(), [])
  await world.load()
  assert.is(world.states().at(-1), 'running.working')
  await world.tell({ type: 'stop', id: COUNTS, mode: 'clean' })
  assert.is(world.states().at(-1), 'closed')
  assert.is(world.states().filter((state) => state === 'closed').length, 1)
})

test('a task that runs is news once, however often it commits, and again after it did not run', async () => {
  const world = new World()
  await world.prepare()
  const lines = { ...task, id: 'wordcount/lines/0', subtopology: 'lines' }
  await world.tell({ type: 'deploy', deployment })
  await world.load()
  await world.tell({ type: 'start', task: lines, role: 'active' })
  const [builder, to] = [new BatchBuilder(), { topic: 'lines', partition: 0 }]
  for (const line of ['one', 'two', 'three']) {
    builder.add(null, utf8(line), 0)
    await world.now(world.broker.producer().append([{ to, batch: builder.finish() }]))
    await world.clock.settle()
  }
  const running = () => world.states().filter((state) => state.startsWith('running')).length
  assert.is(running(), 1)
  const answer = await world.ask({ about: 'tasks' })
  if (answer.type !== 'answer' || answer.answer.about !== 'tasks') throw new Error('as asked')
  assert.equal(
    answer.answer.tasks.map(({ state, commits }) => [state, commits]),
    [['running.idle', 3]],
  )
  await world.tell({ type: 'order', id: lines.id, order: 'restart' })
  await world.clock.settle()
  assert.is(running(), 2)
})

test('a task told to stop before its plan came never starts', async () => {
  const world = new World()
  await world.prepare()
  await world.tell({ type: 'deploy', deployment }, { type: 'start', task, role: 'active' })
  await world.tell({ type: 'stop', id: COUNTS, mode: 'clean' })
  await world.load()
  assert.equal(world.states(), ['closed'])
})

test('a task that is started twice runs once', async () => {
  const world = new World()
  await world.prepare()
  await world.tell({ type: 'deploy', deployment })
  await world.load()
  await world.tell({ type: 'start', task, role: 'active' }, { type: 'start', task, role: 'active' })
  const answer = await world.ask({ about: 'tasks' })
  assert.equal(answer.type === 'answer' && answer.answer.about, 'tasks')
  if (answer.type !== 'answer' || answer.answer.about !== 'tasks') throw new Error('as asked')
  assert.equal(
    answer.answer.tasks.map(({ id, state }) => [id, state]),
    [[COUNTS, 'running.idle']],
  )
})

test('a task that waits for its plan is told as loading', async () => {
  const world = new World()
  await world.tell({ type: 'deploy', deployment }, { type: 'start', task, role: 'active' })
  const answer = await world.ask({ about: 'tasks' })
  if (answer.type !== 'answer' || answer.answer.about !== 'tasks') throw new Error('as asked')
  assert.equal(
    answer.answer.tasks.map(({ id, state, error }) => [id, state, error]),
    [[COUNTS, 'loading', null]],
  )
})

test('a store is asked at its task, and refused where the task is not', async () => {
  const world = new World()
  await world.prepare()
  const question = {
    about: 'store',
    task: COUNTS,
    store: 'counts',
    ask: { get: utf8('a') },
  } as const
  const early = await world.ask(question)
  assert.equal(early.type === 'refusal' && [early.error.code, early.error.retry], [
    'TASK_AWAY',
    'soon',
  ])
  await world.tell({ type: 'deploy', deployment }, { type: 'start', task, role: 'active' })
  await world.load()
  const answer = await world.ask(question)
  const positions = [{ topic: REPARTITION, partition: 0, next: 0 }]
  const rows = { about: 'store', rows: [], lag: 0, ageMs: null, positions }
  assert.equal(answer, { type: 'answer', number: 2, answer: rows })
})

test('a task that questions were heaped upon hears what it is told', async () => {
  for (const message of [
    { type: 'stop', id: COUNTS, mode: 'clean' },
    { type: 'order', id: COUNTS, order: 'pause' },
  ] as const) {
    const world = new World()
    await world.prepare()
    await world.tell({ type: 'deploy', deployment }, { type: 'start', task, role: 'active' })
    await world.load()
    const ask = { get: utf8('a') }
    const question = { about: 'store', task: COUNTS, store: 'counts', ask, maxAgeMs: 0 } as const
    for (let number = 1; number <= 3000; number++) {
      world.worker.tell({ type: 'question', number, question })
    }
    world.clock.runAll()
    world.worker.tell(message)
    // What the broker says lets all the questions through at once, before anybody has a turn.
    await new Promise((resolve) => setImmediate(resolve))
    await world.clock.advance(1000)
    const refused = world.said.filter(({ type }) => type === 'refusal').length
    assert.is(refused, 3000 - 1024, 'its mailbox was full')
    assert.is(world.states().at(-1), message.type === 'stop' ? 'closed' : 'paused')
  }
})

test('an owner that was replaced and does not know it says what it has, and is not taken for fresh', async () => {
  const world = new World()
  await world.prepare()
  await world.tell({ type: 'deploy', deployment }, { type: 'start', task, role: 'active' })
  await world.load()
  const ask = { get: utf8('a') }
  const question = { about: 'store', task: COUNTS, store: 'counts', ask } as const
  const before = await world.ask({ ...question, maxAgeMs: 0 })
  assert.is(before.type === 'answer' && before.answer.about === 'store' && before.answer.ageMs, 0)
  const claim = { application: APP, topology: 'wordcount', subtopology: 'counts', partition: 0 }
  await world.now(world.broker.claim({ ...claim, partitions: 1, host: 'other' }))
  assert.is((await world.ask(question)).type, 'answer')
  const fresh = await world.ask({ ...question, maxAgeMs: 0 })
  assert.equal(fresh.type === 'refusal' && [fresh.error.code, fresh.error.retry], [
    'STORE_BEHIND',
    'soon',
  ])
  await world.clock.advance(500)
  const old = await world.ask({ ...question, maxAgeMs: 60_000 })
  assert.is(old.type, 'refusal', 'the newest proof counts')
})

test('a standby follows its task, tells its lag, answers who is content with that, and ends', async () => {
  const world = new World()
  await world.prepare()
  await world.tell({ type: 'deploy', deployment }, { type: 'start', task, role: 'standby' })
  await world.load()
  const lags = () =>
    world.said.flatMap((message) => (message.type === 'news' ? [message.news.lag] : []))
  assert.equal([world.states().at(-1), lags().at(-1)], ['backoff', -1], 'there is no log yet')
  const claim = { application: APP, topology: 'wordcount', subtopology: 'counts', partition: 0 }
  const claimed = world.broker.claim({ ...claim, partitions: 1, host: 'other' })
  await world.now(claimed)
  await world.clock.advance(1000)
  assert.equal([world.states().at(-1), lags().at(-1)], ['following', 0])
  const ask = { get: utf8('a') }
  const question = { about: 'store', task: COUNTS, store: 'counts', ask } as const
  const strict = await world.ask(question)
  assert.is(strict.type === 'refusal' && strict.error.code, 'TASK_AWAY')
  const stale = await world.ask({ ...question, maxLag: 0 })
  assert.equal(stale.type === 'answer' && stale.answer, {
    ...{ about: 'store', rows: [], lag: 0, ageMs: null, positions: [] },
  })
  const facts = await world.ask({ about: 'tasks' })
  if (facts.type !== 'answer' || facts.answer.about !== 'tasks') throw new Error('as asked')
  assert.equal(
    facts.answer.tasks.map(({ role, state, lag }) => [role, state, lag]),
    [['standby', 'following.idle', 0]],
  )
  await world.tell({ type: 'stop', id: COUNTS, mode: 'clean' })
  assert.is(world.states().at(-1), 'closed')
})

test('a task that is started where its copy follows begins when the copy is closed, and nobody hears of a gap', async () => {
  const world = new World()
  await world.prepare()
  await world.tell({ type: 'deploy', deployment }, { type: 'start', task, role: 'active' })
  await world.load()
  await world.tell({ type: 'stop', id: COUNTS, mode: 'clean' })
  for (const isCalledBack of [false, true]) {
    await world.tell({ type: 'start', task, role: 'standby' })
    assert.is(world.states().at(-1), 'following')
    world.said.length = 0
    const promotion = { type: 'start', task, role: 'active' } as const
    const stop = { type: 'stop', id: COUNTS, mode: 'clean' } as const
    await world.tell(...(isCalledBack ? [promotion, stop] : [promotion]))
    const states = world.states()
    if (isCalledBack)
      assert.equal([states.at(-1), states.includes('running.idle')], ['closed', false])
    else {
      assert.not.ok(
        states.some((state) => state.startsWith('clos')),
        states.join(),
      )
      assert.ok(states.at(-1)?.startsWith('running'), states.join())
      await world.tell(stop)
    }
  }
})

test('a task and a copy say what their stores hold; one that does not serve them says nothing', async () => {
  const world = new World()
  await world.prepare()
  await world.tell({ type: 'deploy', deployment })
  await world.load()
  const stores = async () => {
    const answer = await world.ask({ about: 'stores' })
    if (answer.type !== 'answer' || answer.answer.about !== 'stores') throw new Error('as asked')
    return answer.answer.stores
  }
  assert.equal(await stores(), [])
  const facts = {
    ...{ task: COUNTS, store: 'counts', kind: 'timestamped', medium: 'lmdb', isLogged: true },
    usage: { rows: 0, bytes: 0, pending: 0 },
  }
  await world.tell({ type: 'start', task, role: 'active' })
  assert.equal(await stores(), [{ role: 'active', ...facts }])
  await world.tell({ type: 'stop', id: COUNTS, mode: 'clean' })
  await world.tell({ type: 'start', task, role: 'standby' })
  assert.equal(await stores(), [{ role: 'standby', ...facts }])
  await world.now(world.broker.topics.drop(`${APP}.wordcount.counts.changelog`))
  await world.tell({ type: 'stop', id: COUNTS, mode: 'clean' })
  await world.tell({ type: 'start', task, role: 'standby' })
  assert.equal(await stores(), [{ role: 'standby', ...facts, usage: null }])
})

test('a plan that cannot be loaded fails the worker, which begins again with nothing', async () => {
  const world = new World()
  await world.tell({ type: 'deploy', deployment }, { type: 'start', task, role: 'active' })
  world.loaded(Promise.reject(new Error('no such module')))
  await world.clock.advance(1000)
  assert.is(world.said.filter(({ type }) => type === 'ready').length, 2)
})

test.run()
