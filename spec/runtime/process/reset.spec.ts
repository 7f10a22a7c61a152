// A reset begins an application anew; one that was cut off anywhere is refused by hosts and can be repeated.

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hostKey, resetKey } from '#protocols/messages/membership'
import type { Beginning } from '#protocols/messages/reset-mark'
import { serde } from '#protocols/serdes/serdes'
import { topic } from '#runtime/dsl/topic'
import { topology } from '#runtime/dsl/topology'
import { brokerLocation } from '#runtime/process/broker-location'
import { host } from '#runtime/process/host'
import { isGone } from '#runtime/process/neighbours'
import { openBroker } from '#runtime/process/open-broker'
import type { Host } from '#runtime/process/process-host'
import { reset } from '#runtime/process/reset'
import { appendTo, endOf, refuses } from '../../contracts/broker-kit.ts'
import { tempDir } from '../../kit/temp-dir.ts'
import { within } from '../../kit/within.ts'

const text = serde.string()
const words = topology('flow', (t) => {
  t.stream(topic('lines', { value: text }))
    .flatMapValues((line) => line.split(' '))
    .groupBy((_key, word) => word, { key: text })
    .count({ store: 'counts' })
    .toStream()
    .to(topic('totals', { key: text, value: serde.int64(), partitions: 1 }))
})

const directory = tempDir()
const broker = openBroker(brokerLocation('file:.', directory))
await broker.topics.ensure({ name: 'lines', partitions: 1 })
await broker.producer().append([appendTo('lines', 0, ['=to be or', '=not to be'])])

const start = (): Promise<Host> =>
  host({
    ...{ application: 'app', id: 'one', broker: `file:${directory}`, partitions: 2 },
    ...{ actors: [words], log: 'error', commitIntervalMs: 5 },
  })

const startOver = (onStep?: (step: string) => void, from?: Beginning) => {
  const removeState = () => rm(join(directory, 'state', 'app'), { recursive: true, force: true })
  return reset({ broker, isGone, removeState, onStep }, { application: 'app', from })
}

let updates = 0

/** A host counts from the beginning: as many updates as there are words come, and no more. */
async function lifeFromTheBeginning(): Promise<void> {
  const running = await start()
  updates += 6
  const isDone = async (): Promise<void> => {
    while ((await endOf(broker, 'totals')) < updates) await new Promise((go) => setTimeout(go, 5))
  }
  await within(60_000, `${updates} updates`, isDone())
  const counts = running.query<string, number>('counts')
  assert.equal([await counts.get('be'), await counts.get('or')], [2, 1])
  await running.close()
  assert.is(await endOf(broker, 'totals'), updates)
}

/** A host counts what comes from now on, and nothing of before. */
async function lifeAtTheEnd(): Promise<void> {
  const running = await start()
  await broker.producer().append([appendTo('lines', 0, ['=end'])])
  updates += 1
  const isDone = async (): Promise<void> => {
    while ((await endOf(broker, 'totals')) < updates) await new Promise((go) => setTimeout(go, 5))
  }
  await within(60_000, `${updates} updates`, isDone())
  const counts = running.query<string, number>('counts')
  assert.equal([await counts.get('be'), await counts.get('end')], [undefined, 1])
  await running.close()
  assert.is(await endOf(broker, 'totals'), updates)
}

test('a reset cut off at any step leaves a refusal, and its repetition a beginning', async () => {
  await lifeFromTheBeginning()
  const steps: string[] = []
  await startOver((step) => steps.push(step))
  assert.equal([steps[0], steps.at(-1)], ['mark', 'unmark'])
  assert.ok(steps.includes('drop app.flow.counts.changelog'), steps.join())
  await lifeFromTheBeginning()
  for (let cut = 1; cut < steps.length; cut++) {
    let left = cut
    const dying = startOver(() => {
      if (left-- === 0) throw new Error('killed')
    })
    assert.is(await dying.catch((error: Error) => error.message), 'killed', steps[cut])
    await refuses('RESET_UNFINISHED', start)
    await startOver()
    await lifeFromTheBeginning()
  }
})

test('a reset that begins at the end, cut off at any step, begins there when it is repeated', async () => {
  await startOver()
  await lifeFromTheBeginning()
  const steps: string[] = []
  await startOver((step) => steps.push(step), 'latest')
  assert.ok(steps.includes('begin flow/lines/0'), steps.join())
  await lifeAtTheEnd()
  for (let cut = 1; cut < steps.length; cut++) {
    let left = cut
    const die = (): void => {
      if (left-- === 0) throw new Error('killed')
    }
    const dying = startOver(die, 'latest').catch((error: Error) => error.message)
    assert.is(await dying, 'killed', steps[cut])
    await refuses('RESET_UNFINISHED', start)
    await startOver()
    await lifeAtTheEnd()
  }
  await startOver()
})

test('what users own stays; of the application nothing is left; once more is nothing', async () => {
  await startOver()
  const names = (await broker.topics.list()).map(({ name }) => name)
  assert.equal(names.sort(), ['lines', 'totals'])
  assert.equal((await broker.keys.list('app/')).size, 0)
  const plan = await startOver()
  assert.equal([plan.topics, plan.keys], [[], []])
})

test('while a host lives nothing is removed, and hosts may start', async () => {
  const running = await start()
  await refuses('APPLICATION_RUNNING', () => startOver())
  assert.is(await broker.keys.get(resetKey('app')), null)
  assert.ok((await broker.keys.get(hostKey('app', 'one'))) !== null)
  await running.close()
})

test.after(() => broker.close())
test.run()
