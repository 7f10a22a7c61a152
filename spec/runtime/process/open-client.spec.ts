// A client beside a host: in its process or another, it sends to what the host reads and reads what it writes.

import { client, host, serde, topic, topology } from 'millrace'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { brokerLocation } from '#runtime/process/broker-location'
import { openClient } from '#runtime/process/open-client'
import { tempDir } from '../../kit/temp-dir.ts'
import { within } from '../../kit/within.ts'

const NEVER_MS = 60_000
const words = topic('words', { key: serde.string(), value: serde.string() })
const counted = topic('counted', { key: serde.string(), value: serde.int64() })
const counting = topology('counting', (t) => {
  t.stream(words).groupByKey().count({ store: 'words' }).toStream().to(counted)
})

test('it sends, reads what became of it, and asks for no less than that', async () => {
  const broker = `file:${tempDir()}`
  await using app = await host({ application: 'app', broker, actors: [counting], log: 'error' })
  await using shop = await client({ broker })
  const places = await shop.send(words, { key: 'ann', value: 'a' }, { key: 'ann', value: 'b' })
  assert.is(await app.query('words').get('ann', { atLeast: places }), 2)
  const reading = async (): Promise<readonly unknown[]> => {
    const found: unknown[] = []
    for await (const { key, value } of shop.read(counted)) {
      found.push([key, value])
      if (found.length === 3) break
    }
    return found
  }
  await app.send(words, { key: 'ann', value: 'c' })
  assert.equal(await within(NEVER_MS, 'what the host wrote', reading()), [
    ['ann', 1],
    ['ann', 2],
    ['ann', 3],
  ])
})

test('what was closed says so, whatever it is asked to do', async () => {
  const broker = `file:${tempDir()}`
  const app = await host({ application: 'app', broker, actors: [counting], log: 'error' })
  const shop = await client({ broker })
  const reading = async (): Promise<void> => {
    for await (const record of shop.read(counted)) assert.unreachable(String(record.key))
  }
  const loop = reading()
  // Read from, not only asked for: a place of a topic is known after this.
  await shop.send(words)
  await Promise.all([shop.close(), shop.close()])
  await within(NEVER_MS, 'the end of the loop', loop)
  await app.close()
  const codeOf = async (attempt: () => Promise<unknown>): Promise<unknown> => {
    const error = await attempt().catch((thrown: unknown) => thrown)
    return isMillraceError(error) ? error.code : error
  }
  for (const attempt of [
    () => shop.send(words, { key: 'ann', value: 'a' }),
    () => app.send(words, { key: 'ann', value: 'a' }),
    () => app.register(counting),
    async () => app.query('words').get('ann'),
  ]) {
    assert.is(await codeOf(attempt), 'CLOSED')
  }
})

test('a directory that no host made is not made into a broker', async () => {
  const location = brokerLocation(`file:${tempDir()}`, '/')
  const error = await openClient(location).catch((thrown: unknown) => thrown)
  assert.ok(isMillraceError(error, 'BROKER_MISSING'))
})

test.run()
