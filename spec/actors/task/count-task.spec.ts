// Whole tasks: actor, chart, work, stores and broker together, on the machine's clock. What specs wait
// for is what tasks report.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ActorRef } from '#actors/kernel/actor'
import { ActorSystem } from '#actors/kernel/system'
import { query, type TaskMessage, type TaskReport } from '#actors/task/messages'
import { TaskMeter } from '#actors/task/meter'
import { taskActor } from '#actors/task/task'
import { silent } from '#protocols/core/log'
import { storeOf } from '#stores/changelog/open-store'
import { within } from '../../kit/within.ts'
import { chance, machineClock } from '../../stores/log/brokers.ts'
import { CountWorld } from './count-world.ts'

const NEVER_MS = 20_000

class Host {
  readonly reports: TaskReport[] = []
  readonly system = new ActorSystem({ name: 'h', clock: machineClock, random: chance, log: silent })
  readonly task: ActorRef<TaskMessage>
  #look: () => void = () => {}

  constructor(world: CountWorld, name: string) {
    const props = taskActor({
      id: 't/in/0',
      meter: new TaskMeter(),
      work: () => world.work(name),
      wipe: async () => {},
      report: (report) => {
        this.reports.push(report)
        this.#look()
      },
      restart: { backoffMinMs: 1 },
    })
    this.task = this.system.spawn(props, 'task')
  }

  /** Waits until a report makes the condition true. */
  until(what: string, isMet: () => boolean): Promise<void> {
    const met = new Promise<void>((resolve) => {
      this.#look = () => {
        if (isMet()) resolve()
      }
      this.#look()
    })
    return within(NEVER_MS, what, met)
  }

  /** Waits until the task came to rest with exactly these outputs behind it. */
  idle(world: CountWorld, outputs: string): Promise<void> {
    return this.until(outputs, () => this.isAt('running.idle') && world.outputs() === outputs)
  }

  isAt(state: string): boolean {
    const newest = this.reports.filter((report) => report.type === 'state').at(-1)
    return newest?.type === 'state' && newest.state === state
  }

  count(key: string): Promise<unknown> {
    return this.task.ask<unknown>(
      (reply) => query((state) => storeOf(state, 'counts', 'keyvalue').get(key), reply),
      NEVER_MS,
    )
  }
}

async function inWorld(body: (world: CountWorld) => Promise<void>): Promise<void> {
  const world = await new CountWorld().begin()
  await body(world)
  await world.broker.close()
}

test('records that arrive while it rests are counted, committed and can be asked for', () =>
  inWorld(async (world) => {
    const host = new Host(world, 'h1')
    await host.until('idle', () => host.isAt('running.idle'))
    for (const [record, outputs] of [
      ['a=x', 'a=1'],
      ['a=y', 'a=1 a=2'],
    ] as const) {
      await world.append(record)
      await host.idle(world, outputs)
    }
    assert.is(await host.count('a'), 2)
    await host.system.stop()
    assert.equal(host.reports.at(-1), { type: 'closed', isClean: true })
    assert.is(world.open, 0)
  }))

test('a task claimed by another host ends, and the other goes on from its last commit', () =>
  inWorld(async (world) => {
    const first = new Host(world, 'h1')
    await world.append('a=x')
    await first.idle(world, 'a=1')
    const second = new Host(world, 'h2')
    await second.until('idle', () => second.isAt('running.idle'))
    await world.append('a=y')
    await first.until('closed', () => first.isAt('closed'))
    assert.ok(first.reports.some(({ type }) => type === 'fenced'))
    await second.idle(world, 'a=1 a=2')
    await Promise.all([first.system.stop(), second.system.stop()])
    assert.is(world.open, 0)
  }))

test('a poison record quarantines its task, and skipping it lets the others through', () =>
  inWorld(async (world) => {
    world.onValue = (value) => {
      if (value === 'bad') throw new Error('bad is poison')
    }
    await world.append('a=x', 'a=bad', 'b=x')
    const host = new Host(world, 'h1')
    await host.until('quarantined', () => host.isAt('quarantined'))
    assert.is(world.outputs(), '')
    host.task.tell({ type: 'skip' })
    await host.idle(world, 'a=1 b=1')
    await host.system.stop()
    assert.is(world.open, 0)
  }))

test.run()
