// A topic grows where nothing that is kept would be misread, and is refused where it would.

import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { topic } from '#runtime/dsl/topic'
import { topology } from '#runtime/dsl/topology'
import { brokerLocation } from '#runtime/process/broker-location'
import { host } from '#runtime/process/host'
import { openBroker } from '#runtime/process/open-broker'
import type { Host } from '#runtime/process/process-host'
import { grow, planGrowth } from '#runtime/process/resize'
import { appendTo, refuses } from '../../contracts/broker-kit.ts'
import { tempDir } from '../../kit/temp-dir.ts'
import { within } from '../../kit/within.ts'

const text = serde.string()
const lines = topic('lines', { value: text })
const loud = topology('loud', (t) => {
  t.stream(lines)
    .mapValues((line) => line.toUpperCase())
    .to(topic('loud', { value: text, partitions: 1 }))
})
const counted = topology('counted', (t) => {
  t.stream(topic('words', { key: text, value: text }))
    .groupByKey()
    .count({ store: 'counts' })
})

const directory = join(tempDir(), 'data')
const broker = openBroker(brokerLocation({ file: directory }, '/'))
for (const name of ['lines', 'words', 'alone']) await broker.topics.ensure({ name, partitions: 2 })

const start = (): Promise<Host> =>
  host({
    ...{ application: 'app', id: 'one', broker: `file:${directory}`, log: 'error' },
    ...{ actors: [loud, counted], commitIntervalMs: 5 },
  })

/** Until so many lines were made loud in all, and no more. */
async function madeLoud(count: number): Promise<void> {
  const look = async (): Promise<number> =>
    (await broker.topics.describe('loud'))?.bounds[0]?.next ?? 0
  const isDone = async (): Promise<void> => {
    while ((await look()) < count) await new Promise((go) => setTimeout(go, 5))
  }
  await within(60_000, `${count} loud lines`, isDone())
  assert.is(await look(), count)
}

test('what nobody reads grows', async () => {
  const growth = await planGrowth(broker, 'alone', 5)
  assert.equal(growth, { topic: 'alone', before: 2, after: 5, commitLogs: [] })
  await grow(broker, growth)
  assert.is((await broker.topics.describe('alone'))?.partitions, 5)
})

test('what keeps no state goes on with new partitions, and loses and repeats nothing', async () => {
  const first = await start()
  await broker.producer().append([appendTo('lines', 0, ['=a']), appendTo('lines', 1, ['=b'])])
  await madeLoud(2)
  const refused = await planGrowth(broker, 'lines', 4).catch((error: Error) => error.message)
  assert.match(String(refused), /'loud' of application 'app' reads it and runs\. Stop its hosts/)
  await first.close()
  const growth = await planGrowth(broker, 'lines', 4)
  assert.is(growth.commitLogs.length, 1)
  await grow(broker, growth)
  await broker.producer().append([appendTo('lines', 1, ['=c']), appendTo('lines', 3, ['=d'])])
  const second = await start()
  await madeLoud(4)
  await second.close()
})

test('what keeps state by its partitions is refused, running or not, with what to do', async () => {
  const refused = await planGrowth(broker, 'words', 4).catch((error: Error) => error.message)
  assert.match(
    String(refused),
    /'counted' of application 'app' reads it and keeps .*millrace reset/,
  )
  await refuses('TOPIC_IN_USE', () => planGrowth(broker, 'words', 4))
  await refuses('TOPIC_INVALID', () => planGrowth(broker, 'words', 1))
  await refuses('TOPIC_UNKNOWN', () => planGrowth(broker, 'none', 9))
})

test.after(() => broker.close())
test.run()
