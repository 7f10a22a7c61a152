// A task with several inputs: one that has nothing is asked once a slice, and nothing that comes to it is
// missed for that, whether somebody rings or not.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { TaskWork } from '#actors/task/work'
import type { Broker, Reader, StoredBatch } from '#protocols/broker/broker'
import { type Offset, offset, wallTime } from '#protocols/core/brands'
import { BatchBuilder, readBatch } from '#protocols/records/batch'
import { serde } from '#protocols/serdes/serdes'
import { encoded } from '#protocols/serdes/whole'
import { topic } from '#runtime/dsl/topic'
import { topology } from '#runtime/dsl/topology'
import { machineClock, memoryBrokers } from '../../stores/log/brokers.ts'
import { BUDGET_MS } from './count-world.ts'

/** A reader that is filled by hand and never rings. */
class SilentReader implements Reader {
  position: Offset = offset(0)
  asked = 0
  /** In front of the value of each record. */
  mark = ''
  readonly #batches: StoredBatch[] = []
  #next = 0

  /** Records by time; each says its time. */
  add(...times: number[]): void {
    const builder = new BatchBuilder()
    for (const time of times) {
      builder.add(
        encoded(serde.string(), 'k'),
        encoded(serde.string(), `${this.mark}${time}`),
        time,
      )
    }
    const base = this.#next
    this.#next += times.length
    const batch = readBatch(builder.finish())
    this.#batches.push({ base: offset(base), next: offset(this.#next), batch })
  }

  take(): readonly StoredBatch[] {
    this.asked++
    const taken = this.#batches.splice(0, 1)
    this.position = taken[0]?.next ?? this.position
    return taken
  }

  end(): Offset {
    return offset(this.#next)
  }

  behind(from: Offset): number {
    return this.#next - from
  }

  seek(): void {}

  close(): void {}
}

class TwoInputs {
  readonly left = new SilentReader()
  readonly right = new SilentReader()
  readonly seen: string[] = []
  nowMs = 0
  onValue: (value: string) => void = () => {}
  readonly #broker = memoryBrokers()()

  async work(maxTaskIdleMs = 0): Promise<TaskWork> {
    const text = { key: serde.string(), value: serde.string() }
    const merged = topology('t', (t) => {
      t.stream(topic('left', text))
        .merge(t.stream(topic('right', text)))
        .forEach((_key, value) => {
          this.seen.push(value)
          this.onValue(value)
        })
    })
    const [plan] = merged.plan('app').subtopologies
    if (plan === undefined) throw new Error('it has one sub-topology')
    const { topics, keys, bus } = this.#broker
    const broker: Broker = {
      ...{ topics, keys, bus, snapshots: null },
      producer: () => this.#broker.producer(),
      commits: (task, from, onData) => this.#broker.commits(task, from, onData),
      close: () => this.#broker.close(),
      claim: (claim) => this.#broker.claim(claim),
      reader: (at) => (at.topic === 'left' ? this.left : this.right),
    }
    const clock = { ...machineClock, now: () => wallTime(this.nowMs), monotonic: () => 0 }
    const engines = () => Promise.reject(new Error('it has no stores'))
    const name = { application: 'app', topology: 't', subtopology: plan.name, partition: 0 }
    const work = new TaskWork(
      { ...name, host: 'h', partitions: 1 },
      plan,
      { broker, clock, engines, partitionCount: () => 1 },
      {
        ...{ guarantee: 'exactly-once', commitIntervalMs: 1000, sealIntervalMs: 1000 },
        ...{
          sealRows: 512,
          pendingMax: 1000,
          maxTaskIdleMs,
          compression: 'none',
          snapshotBytes: 0,
        },
      },
    )
    await work.open()
    await work.claim()
    await work.restore()
    work.start(() => {})
    return work
  }

  close(): Promise<void> {
    return this.#broker.close()
  }
}

test('an input that has nothing is asked once a slice, however much the other has', async () => {
  const inputs = new TwoInputs()
  inputs.left.add(...Array.from({ length: 100 }, (_, time) => time))
  const work = await inputs.work()
  assert.is(work.work(BUDGET_MS), 'commit')
  assert.is(inputs.seen.length, 100)
  assert.is(inputs.right.asked, 1)
  await work.commit()
  assert.is(work.work(BUDGET_MS), 'drained')
  assert.is(inputs.right.asked, 2)
  await work.close(false)
  await inputs.close()
})

test('what came to an input after it was found empty is taken in the next slice, unrung', async () => {
  const inputs = new TwoInputs()
  inputs.left.add(1, 3)
  const work = await inputs.work()
  inputs.onValue = (value) => {
    if (value === '1') inputs.right.add(2)
  }
  work.work(BUDGET_MS)
  await work.commit()
  work.work(BUDGET_MS)
  assert.equal(inputs.seen, ['1', '3', '2'])
  await work.close(false)
  await inputs.close()
})

test('records of several inputs go in the order of their times, whichever ran dry before', async () => {
  const inputs = new TwoInputs()
  const work = await inputs.work()
  assert.is(work.work(BUDGET_MS), 'drained')
  inputs.left.add(2, 4)
  inputs.right.add(1, 3, 5)
  work.work(BUDGET_MS)
  assert.equal(inputs.seen, ['1', '2', '3', '4', '5'])
  await work.close(false)
  await inputs.close()
})

test('inputs whose next records are of the same time take turns', async () => {
  const inputs = new TwoInputs()
  const work = await inputs.work()
  inputs.left.mark = 'l'
  inputs.right.mark = 'r'
  inputs.left.add(7, 7, 7, 8)
  inputs.right.add(7, 7, 8, 9)
  work.work(BUDGET_MS)
  assert.equal(inputs.seen, ['l7', 'r7', 'l7', 'r7', 'l7', 'r8', 'l8', 'r9'])
  await work.close(false)
  await inputs.close()
})

test('at the end of a wait an input is looked at once more before it is gone on without', async () => {
  const inputs = new TwoInputs()
  const work = await inputs.work(10)
  inputs.left.add(2)
  assert.is(work.work(BUDGET_MS), 'drained')
  assert.is(work.nextWallClockMs, 10)
  inputs.right.add(1)
  inputs.nowMs = 10
  work.work(BUDGET_MS)
  assert.equal(inputs.seen, ['1'])
  inputs.nowMs = 20
  await work.commit()
  work.work(BUDGET_MS)
  assert.equal(inputs.seen, ['1', '2'])
  await work.close(false)
  await inputs.close()
})

test.run()
