// The same in the DSL of @kafkats/flow, with its defaults but for what Kafka Streams takes with exactly once:
// it commits as often. Its stores are in memory, with a changelog in Kafka.
//
//   kafkats.mjs BOOTSTRAP PROGRAM exactly-once|at-least-once

import process from 'node:process'
import { codec, flow } from '@kafkats/flow'
import { int64, words } from './programs.mjs'

const COMMIT_MS = 100

const [bootstrap = '', name = '', guarantee = ''] = process.argv.slice(2)
const app = flow({
  applicationId: name,
  client: { brokers: [bootstrap], clientId: name },
  processingGuarantee: guarantee.replaceAll('-', '_'),
  commitIntervalMs: COMMIT_MS,
})
const text = codec.string()
const count = { encode: int64, decode: (bytes) => Number(bytes.readBigInt64BE()) }
const lines = app.stream('lines', { key: codec.buffer(), value: text, offsetReset: 'earliest' })

if (name === 'stateless') {
  lines
    .mapValues((line) => `${line};seen`)
    .filter((_key, line) => !line.startsWith('b'))
    .mapValues((line) => line.toUpperCase())
    .to('mapped', { key: codec.buffer(), value: text })
} else {
  lines
    .flatMapValues(words)
    .groupBy((_key, word) => word, { key: text, value: text })
    .count({ storeName: 'counts', key: text, value: count, changelog: true })
    .toStream()
    .to('word-counts', { key: text, value: count })
}

try {
  await app.start()
} catch (error) {
  process.stderr.write(`${error.stack}\n`)
  process.stdout.write(`state ERROR ${error.message}\n`)
  process.exit(1)
}
