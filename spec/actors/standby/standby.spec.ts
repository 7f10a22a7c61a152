// The standby actor at work: it does what its chart says, tells how far behind it is, answers those who
// are content with that, and lives on whatever its log or its disk do.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ActorRef } from '#actors/kernel/actor'
import { ActorSystem } from '#actors/kernel/system'
import type { Copy } from '#actors/standby/copy'
import type { StandbyFacts, StandbyMessage, StandbyReport } from '#actors/standby/messages'
import { readCopy, standbyActor } from '#actors/standby/standby'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'
import type { TaskState } from '#stores/changelog/task-state'
import { codeOf } from '../host/host-world.ts'
import { failure } from '../task/fake-work.ts'

const state = {} as TaskState // what is read is not looked into here

class FakeCopy implements Copy {
  readonly calls: string[] = []
  readonly steps: ('drained' | 'more' | Error)[] = []
  lag: number | null = 0
  openError: Error | null = null
  ring: () => void = () => {}

  async open(onData: () => void): Promise<void> {
    this.calls.push('open')
    this.ring = onData
    if (this.openError !== null) throw this.openError
  }

  step(): 'drained' | 'more' {
    const outcome = this.steps.shift() ?? 'drained'
    this.calls.push('step')
    if (outcome instanceof Error) throw outcome
    return outcome
  }

  read(): TaskState {
    return state
  }

  facts() {
    return { position: 7, lag: this.lag, from: 3 }
  }

  whereabouts() {
    return { log: 7, positions: [] }
  }

  async close(): Promise<void> {
    this.calls.push('close')
  }
}

class World {
  readonly clock = new SimulatedClock()
  readonly copies: FakeCopy[] = []
  readonly reports: StandbyReport[] = []
  readonly system: ActorSystem
  readonly ref: ActorRef<StandbyMessage>
  wipes = 0

  constructor(prepare: (copy: FakeCopy, n: number) => void = () => {}) {
    const { clock } = this
    const log = { log: () => {} }
    this.system = new ActorSystem({ name: 'h', clock, random: { next: () => 0.5 }, log })
    const props = standbyActor({
      id: 't/a/0',
      copy: () => {
        const copy = new FakeCopy()
        prepare(copy, this.copies.length)
        this.copies.push(copy)
        return copy
      },
      wipe: async () => void this.wipes++,
      report: (report) => void this.reports.push(report),
    })
    this.ref = this.system.spawn(props, 'standby')
  }

  get copy(): FakeCopy {
    const copy = this.copies.at(-1)
    if (copy === undefined) throw new Error('there is no copy yet')
    return copy
  }

  get calls(): string {
    return this.copies.map((copy) => copy.calls.join(' ')).join(' | ')
  }

  get lags(): (number | null)[] {
    return this.reports.flatMap((report) => (report.type === 'lag' ? [report.lag] : []))
  }

  async tell(message: StandbyMessage): Promise<void> {
    this.ref.tell(message)
    await this.clock.settle()
  }

  async facts(): Promise<StandbyFacts> {
    const asked = this.ref.ask<StandbyFacts>((reply) => ({ type: 'facts', reply }), 1000)
    await this.clock.settle()
    return asked
  }

  read(lagMax: number): Promise<number> {
    const asked = this.ref.ask<number>(
      (reply) => readCopy(lagMax, (_state, lag) => lag, reply),
      1000,
    )
    asked.catch(() => {})
    return asked
  }
}

test('it opens, applies what there is, says that it is there, and waits without a timer', async () => {
  const world = new World((copy) => copy.steps.push('more', 'more'))
  await world.clock.settle()
  assert.is(world.calls, 'open step step step')
  assert.equal((await world.facts()).state, 'following.idle')
  assert.equal(world.lags, [0])
  assert.is(world.clock.timers, 0)
})

test('while nobody knows how far behind it is, it does not say that it is there, and answers nobody', async () => {
  const world = new World((copy) => {
    copy.lag = null
  })
  await world.clock.settle()
  assert.equal(world.lags, [])
  const early = world.read(1_000_000)
  await world.clock.settle()
  assert.is(await codeOf(early), 'STANDBY_BEHIND')
  world.copy.lag = 7
  world.copy.ring()
  await world.clock.advance(20)
  assert.equal(world.lags, [7])
})

test('commits that come one after another are applied together', async () => {
  const world = new World()
  await world.clock.settle()
  world.copy.steps.push('more')
  for (let n = 0; n < 5; n++) world.copy.ring()
  await world.clock.settle()
  assert.is(world.calls, 'open step')
  await world.clock.advance(20)
  assert.is(world.calls, 'open step step step')
})

test('one that is far behind says so now and then, not with every slice', async () => {
  const world = new World((copy) => {
    copy.lag = 50
    copy.steps.push(...Array.from({ length: 100 }, () => 'more' as const))
  })
  await world.clock.advance(0)
  assert.equal(world.lags, [50])
})

test('stores that do not fit their log are thrown away, once, and built anew', async () => {
  const world = new World((copy, n) => {
    if (n === 0) copy.openError = failure('STORE_UNTRUSTED', 'soon')
  })
  await world.clock.settle()
  assert.is(world.wipes, 1)
  assert.is(world.calls, 'open close | open step')
  world.copy.steps.push(failure('STORE_UNTRUSTED', 'soon'))
  world.copy.ring()
  await world.clock.advance(20)
  assert.is(world.wipes, 2)
  assert.equal((await world.facts()).restarts, 2)
})

test('it lives on through any failure, waiting longer and longer', async () => {
  const world = new World((copy) => {
    copy.openError = failure('TOPIC_UNKNOWN')
  })
  await world.clock.advance(600_000)
  assert.ok(world.copies.length > 10 && world.copies.length < 60, `${world.copies.length} tries`)
  const { state: now, error } = await world.facts()
  assert.equal([now, error?.message], ['backoff', 'it is TOPIC_UNKNOWN'])
  await world.tell({ type: 'retry' })
  const before = world.copies.length
  await world.tell({ type: 'retry' })
  assert.is(world.copies.length, before + 1)
})

test('a reader is told how far behind it reads, or refused when that is too far', async () => {
  const world = new World()
  await world.clock.settle()
  world.copy.lag = 5
  const [near, far] = [world.read(5), world.read(4)]
  await world.clock.settle()
  assert.is(await near, 5)
  assert.is(await codeOf(far), 'STANDBY_BEHIND')
})

test('it catches up before it answers, and does not answer when that fails', async () => {
  const world = new World()
  await world.clock.settle()
  world.copy.steps.push('more')
  const before = world.copy.calls.length
  const read = world.read(0)
  await world.clock.settle()
  assert.is(await read, 0)
  assert.is(world.copy.calls.length, before + 1)
  world.copy.steps.push(failure('STORE_UNTRUSTED', 'soon'))
  const failed = world.read(0)
  await world.clock.settle()
  assert.is(await codeOf(failed), 'STORE_UNTRUSTED')
  assert.is(world.wipes, 1)
})

test('while nothing is open there is nothing to read', async () => {
  const world = new World((copy) => {
    copy.openError = failure('TOPIC_UNKNOWN')
  })
  await world.clock.settle()
  const read = world.read(100)
  await world.clock.settle()
  assert.is(await codeOf(read), 'TASK_NOT_SERVING')
  assert.equal((await world.facts()).copy, null)
})

test('told to stop, it applies what came by then, closes, says that it knows nothing any more, and is dead', async () => {
  const world = new World()
  await world.clock.settle()
  await world.tell({ type: 'stop' })
  assert.is(world.calls, 'open step step close')
  assert.equal(world.lags, [0, null])
  assert.is(world.reports.at(-1)?.type, 'state')
  assert.is(world.ref.tell({ type: 'stop' }), 'dead')
})

test('with its system it closes too', async () => {
  const world = new World()
  await world.clock.settle()
  const stopped = world.system.stop()
  await world.clock.settle()
  await stopped
  assert.is(world.calls, 'open step close')
})

test.run()
