// What somebody writes by hand who has a Kafka client and no stream processor: a consumer, a Map, a
// producer. Exactly once is a transaction of outputs and offsets, as often as Kafka Streams commits. The
// Map is in no transaction and on no disk: where the process dies, somebody has to read everything again.
//
//   platformatic.mjs BOOTSTRAP PROGRAM exactly-once|at-least-once

import process from 'node:process'
import { Consumer, Producer } from '@platformatic/kafka'
import { programs } from './programs.mjs'

const COMMIT_MS = 100
const OUTPUTS_MOST = 10_000

const [bootstrap = '', name = '', guarantee = ''] = process.argv.slice(2)
const isExact = guarantee === 'exactly-once'
const { output, work } = programs[name]
const client = { clientId: name, bootstrapBrokers: [bootstrap] }
const exact = { idempotent: true, transactionalId: name }
const producer = new Producer({ ...client, ...(isExact ? exact : {}) })
const consumer = new Consumer({ ...client, groupId: name })
const stream = await consumer.consume({
  ...{ topics: ['lines'], mode: 'committed', fallbackMode: 'earliest' },
  ...{ autocommit: false, maxWaitTime: COMMIT_MS },
})

let messages = []
/** The last message of each partition that the outputs are of. */
const last = new Map()
let isBusy = false

const emit = (key, value, timestamp) => {
  messages.push({ topic: output, key, value, timestamp })
}

stream.on('data', (message) => {
  work(message.value.toString(), (key, value) => emit(key, value, message.timestamp))
  last.set(message.partition, message)
  if (messages.length >= OUTPUTS_MOST) void commit()
})
stream.on('error', fail)
setInterval(commit, COMMIT_MS)

async function commit() {
  if (isBusy || last.size === 0) return
  isBusy = true
  stream.pause()
  try {
    await (isExact ? inTransaction() : inTurn())
  } catch (error) {
    fail(error)
  }
  messages = []
  last.clear()
  isBusy = false
  stream.resume()
}

async function inTransaction() {
  const transaction = await producer.beginTransaction()
  if (messages.length > 0) await transaction.send({ messages })
  await transaction.addConsumer(consumer)
  // Of several at a time it would commit one.
  for (const message of last.values()) await transaction.addOffset(message)
  await transaction.commit()
}

async function inTurn() {
  if (messages.length > 0) await producer.send({ messages })
  const offsets = [...last.values()].map(({ topic, partition, offset }) => {
    return { topic, partition, offset: offset + 1n, leaderEpoch: 0 }
  })
  await consumer.commit({ offsets })
}

function fail(error) {
  process.stderr.write(`${error.stack}\n`)
  process.stdout.write(`state ERROR ${error.message}\n`)
  process.exit(1)
}
