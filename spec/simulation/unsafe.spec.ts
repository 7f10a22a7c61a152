// Clusters under seeds, made unsafe in one place: it is found.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Broker, TaskSession, Transaction } from '#protocols/broker/broker'
import { isMillraceError } from '#protocols/core/errors'
import type { Engine } from '#stores/engine/engine'
import { committingBy } from './machine.ts'
import { type Simulation, simulate, Violation } from './simulation.ts'

const STEPS = 80

/** A broker whose sessions commit in a way of their own. */
const committing =
  (commit: (session: TaskSession, transaction: Transaction, broker: Broker) => unknown) =>
  (broker: Broker): Broker => ({
    ...faceOf(broker),
    async claim(task) {
      const session = await broker.claim(task)
      const unsafe = (transaction: Transaction) => commit(session, transaction, broker) as never
      return { ...sessionOf(session), commit: unsafe }
    },
  })

const faceOf = (broker: Broker): Broker => ({
  ...{ topics: broker.topics, keys: broker.keys, bus: broker.bus, snapshots: null },
  producer: () => broker.producer(),
  reader: (...args) => broker.reader(...args),
  claim: (task) => broker.claim(task),
  commits: (...args) => broker.commits(...args),
  close: () => broker.close(),
})

const sessionOf = (session: TaskSession): TaskSession => ({
  ...{ epoch: session.epoch, head: session.head },
  ...{ positions: session.positions, meta: session.meta },
  commit: (transaction) => session.commit(transaction),
  restore: (...args) => session.restore(...args),
  close: () => session.close(),
})

/** Stores every third append once more. */
const repeating = (broker: Broker): Broker => {
  let appends = 0
  return {
    ...faceOf(broker),
    producer: () => ({
      append: async (batches) => {
        const again = ++appends % 3 === 0
        if (again) await broker.producer().append(batches.map((append) => ({ ...append })))
        return broker.producer().append(batches)
      },
    }),
  }
}

/** Of four writes it waits for the disk with one: the others are answered when everybody sees them. */
const hasty = (engine: Engine): Engine => {
  let writes = 0
  return committingBy(engine, (body, options) =>
    engine.commit(body, ++writes % 4 === 0 ? options : { ...options, isTransient: true }),
  )
}

const UNSAFE: Readonly<Record<string, Partial<Simulation>>> = {
  'outputs that go out before their commit': { options: { guarantee: 'at-least-once' } },
  'a commit without its positions': {
    options: {
      broker: committing((session, transaction) =>
        session.commit({ ...transaction, positions: [] }),
      ),
    },
  },
  'a commit without its changes': {
    options: {
      sealIntervalMs: 3_600_000,
      broker: committing((session, transaction) =>
        session.commit({ ...transaction, changes: null }),
      ),
    },
  },
  'outputs that are stored once more, now and then': {
    options: {
      broker: committing(async (session, transaction, broker) => {
        const ref = await session.commit(transaction)
        if (ref.number % 7 !== 0) return ref
        await broker.producer().append(transaction.outputs)
        return ref
      }),
    },
  },
  'changes that reach the store and half of them the log': {
    options: {
      sealIntervalMs: 0,
      broker: committing((session, transaction) =>
        session.commit(
          session.head.number % 2 === 0 ? transaction : { ...transaction, changes: null },
        ),
      ),
    },
  },
  'an owner that was replaced and commits all the same': {
    options: {
      broker: committing(async (session, transaction, broker) => {
        try {
          return await session.commit(transaction)
        } catch (error) {
          if (!isMillraceError(error, 'TASK_FENCED')) throw error
          await broker.producer().append(transaction.outputs)
          return session.head
        }
      }),
    },
  },
  'lines that are stored once more, now and then': { options: { broker: repeating } },
  'a log that answers before its disk has it': { engine: hasty },
}

for (const [name, unsafe] of Object.entries(UNSAFE)) {
  test(`${name}: it is found`, async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const found = await simulate({ seed, steps: STEPS, ...unsafe }).catch(
        (thrown: unknown) => thrown,
      )
      if (found instanceof Violation) return
      assert.type(found, 'number', String(found))
    }
    assert.unreachable('60 seeds found nothing')
  })
}

test.run()
