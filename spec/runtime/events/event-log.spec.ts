// The log of events beside a broker that works, is away, comes back, or loses the topic to a reset; and
// what of a log becomes an event.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Broker } from '#protocols/broker/broker'
import { MillraceError } from '#protocols/core/errors'
import { silent } from '#protocols/core/log'
import { eventsSpec, eventsTopic } from '#protocols/messages/event'
import { EventLog } from '#runtime/events/event-log'
import { type EventFilter, readEvents } from '#runtime/events/read-events'
import { HostWorld } from '../../actors/host/host-world.ts'

class Scene {
  readonly world = new HostWorld()
  readonly clock = this.world.clock
  isAway = false
  isStuck = false
  appends = 0
  /** Whether the broker was asked anything yet. */
  isTouched = false
  readonly broker: Pick<Broker, 'topics' | 'producer'> = {
    topics: {
      ...this.world.broker.topics,
      describe: (name) => this.world.broker.topics.describe(name),
      ensure: (spec) => {
        this.isTouched = true
        return this.world.broker.topics.ensure(spec)
      },
    },
    producer: () => ({
      append: (appends) => {
        this.appends++
        if (this.isStuck) return new Promise(() => {})
        if (this.isAway) throw new MillraceError({ code: 'BROKER_AWAY', what: 'away' })
        return this.world.broker.producer().append(appends)
      },
    }),
  }
  readonly events: EventLog

  constructor(isHeld = false) {
    this.events = new EventLog({
      ...{ broker: this.broker, clock: this.clock, application: 'app', host: 'one', isHeld },
      waitingMax: 3,
    })
  }

  /** Logs one line for each code. */
  log(...codes: string[]): void {
    const log = this.events.logger(silent)
    for (const code of codes) log.log('info', code, `${code} of one`)
  }

  async codes(filter?: EventFilter): Promise<string[]> {
    await this.settle()
    const all = await this.world.now(readEvents(this.world.broker, 'app', filter))
    return all.map(({ code }) => code)
  }

  settle(): Promise<void> {
    return this.clock.settle()
  }
}

test('what is logged under a code of the catalogue is an event, and is logged still', async () => {
  const scene = new Scene()
  const logged: unknown[] = []
  const log = scene.events.logger({ log: (level, code) => void logged.push([level, code]) })
  const error = new MillraceError({ code: 'BROKEN', what: 'it broke' })
  log.log('warn', 'TASK_FAILED', 'a/b/0: it broke', { error, kind: 'bug' })
  log.log('info', 'BROKER_BACK', 'the server is back')
  log.log('info', 'TASK_ORDERED', 'told', { by: 'ann@here', reason: 'why not', order: 'retry' })
  await scene.settle()
  const all = await scene.world.now(readEvents(scene.world.broker, 'app'))
  assert.equal(logged, [
    ['warn', 'TASK_FAILED'],
    ['info', 'BROKER_BACK'],
    ['info', 'TASK_ORDERED'],
  ])
  const atMs = scene.clock.now()
  assert.equal(all, [
    {
      ...{ code: 'TASK_FAILED', level: 'warn', message: 'a/b/0: it broke', host: 'one' },
      ...{ by: null, reason: null, atMs },
      facts: { error: { code: 'BROKEN', what: 'it broke' }, kind: 'bug' },
    },
    {
      ...{ code: 'TASK_ORDERED', level: 'info', message: 'told', host: 'one' },
      ...{ by: 'ann@here', reason: 'why not', facts: { order: 'retry' }, atMs },
    },
  ])
})

test('the broker is not asked while whoever logs has not returned', async () => {
  const scene = new Scene()
  scene.log('HOST_JOINED', 'COORDINATOR_ELECTED')
  assert.not(scene.isTouched)
  assert.equal(await scene.codes(), ['HOST_JOINED', 'COORDINATOR_ELECTED'])
  assert.is(scene.appends, 1)
})

test('while the broker is away events wait, those that are too many are counted, and it is told', async () => {
  const scene = new Scene()
  scene.isAway = true
  scene.log('HOST_JOINED', 'HOST_GONE', 'TASK_FAILED', 'TASK_FAILED', 'TASK_FENCED')
  assert.equal(await scene.codes(), [])
  assert.is(scene.events.dropped, 2)
  scene.isAway = false
  await scene.clock.advance('1s')
  assert.equal(await scene.codes(), ['HOST_JOINED', 'HOST_GONE', 'TASK_FAILED', 'EVENTS_DROPPED'])
  assert.is(scene.events.dropped, 0)
})

test('tries become rarer while the broker stays away', async () => {
  const scene = new Scene()
  scene.isAway = true
  scene.log('HOST_JOINED')
  for (let second = 0; second < 120; second++) {
    await scene.clock.advance('1s')
    await scene.settle()
  }
  // At 0, 1, 3, 7, 15, 31, 61 and 91 seconds.
  assert.is(scene.appends, 8)
})

test('who is held makes no topic, tells where there is one, and what waited when it begins', async () => {
  for (const isThere of [false, true]) {
    const rig = new Scene(true)
    if (isThere) await rig.world.now(rig.world.broker.topics.ensure(eventsSpec('app')))
    rig.log('HOST_JOINED')
    await rig.settle()
    const topic = await rig.world.now(rig.world.broker.topics.describe(eventsTopic('app')))
    assert.equal([topic !== null, rig.events.waiting], [isThere, isThere ? 0 : 1])
    rig.events.begin()
    assert.equal(await rig.codes(), ['HOST_JOINED'])
  }
})

test('a topic that a reset took away is made anew', async () => {
  const scene = new Scene()
  scene.log('HOST_JOINED')
  await scene.codes()
  await scene.world.now(scene.world.broker.topics.drop(eventsTopic('app')))
  scene.log('HOST_LEFT')
  await scene.settle()
  await scene.clock.advance('1s')
  assert.equal(await scene.codes(), ['HOST_LEFT'])
})

test('closing appends what waits, and does not wait for a broker that never answers', async () => {
  const scene = new Scene()
  scene.log('HOST_LEFT')
  let isClosed = false
  void scene.events.close().then(() => {
    isClosed = true
  })
  await scene.settle()
  assert.equal([isClosed, await scene.codes()], [true, ['HOST_LEFT']])
  const stuck = new Scene()
  stuck.isStuck = true
  stuck.log('HOST_LEFT')
  let isOver = false
  void stuck.events.close().then(() => {
    isOver = true
  })
  await stuck.settle()
  assert.not(isOver)
  await stuck.clock.advance('2s')
  await stuck.settle()
  assert.ok(isOver)
})

test('events are read by time and by code', async () => {
  const scene = new Scene()
  assert.equal(await scene.codes(), [])
  scene.log('HOST_JOINED', 'TASKS_PLACED')
  await scene.codes()
  await scene.clock.advance('1m')
  scene.log('TASKS_PLACED')
  assert.equal(await scene.codes({ kind: 'TASKS_PLACED' }), ['TASKS_PLACED', 'TASKS_PLACED'])
  assert.equal(await scene.codes({ sinceMs: scene.clock.now() }), ['TASKS_PLACED'])
  assert.equal(await scene.codes({ sinceMs: scene.clock.now() + 1 }), [])
})

test.run()
