// A program that runs no tasks sends to topics and reads them: typed, in order, from where it was, and told
// what it did wrong before anything is written.

import { type SentRecord, serde, type Topic, topic } from 'millrace'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { systemClock, systemRandom } from '#runtime/process/system-ports'
import { type ReadTopicOptions, type ReceivedRecord, TopicPost } from '#runtime/process/topic-post'
import { MemoryData, memoryEngine } from '#stores/engine/memory'
import { DoorbellHall } from '#stores/log/doorbell'
import { openLogBroker } from '#stores/log/log-broker'
import { within } from '../../kit/within.ts'

const NEVER_MS = 20_000
const totals = topic('totals', { key: serde.string(), value: serde.int32() })
const lines = topic('lines', { value: serde.string() })

async function opened(): Promise<TopicPost> {
  const broker = openLogBroker({
    ...{ engine: memoryEngine(new MemoryData()), doorbell: new DoorbellHall().door() },
    ...{ clock: systemClock, random: systemRandom },
  })
  await broker.topics.ensure({ name: 'totals', partitions: 2 })
  await broker.topics.ensure({ name: 'lines', partitions: 3 })
  return new TopicPost(broker, systemClock)
}

/** The first records that are read; the loop is left then. */
async function first<K, V>(
  post: TopicPost,
  from: Topic<K, V>,
  count: number,
  options?: ReadTopicOptions,
): Promise<ReceivedRecord<K, V>[]> {
  const found: ReceivedRecord<K, V>[] = []
  const reading = async (): Promise<void> => {
    for await (const record of post.read(from, options)) {
      found.push(record)
      if (found.length === count) return
    }
  }
  await within(NEVER_MS, `${count} records`, reading())
  return found
}

async function refusal(attempt: Promise<unknown>): Promise<string> {
  const error = await within(NEVER_MS, 'the refusal', attempt).then(
    () => new Error('it was not refused'),
    (thrown: Error) => thrown,
  )
  return isMillraceError(error) ? `${error.code} ${error.message}` : error.message
}

test('where to begin is refused where it is misspelt, and skips nothing', async () => {
  const post = await opened()
  const misspelt = { from: 'beginning' } as unknown as ReadTopicOptions // as JavaScript may say
  const told = await refusal(first(post, totals, 1, misspelt))
  assert.match(told, /^OPTION_INVALID .*'beginning'.*'earliest' or 'latest'/)
})

test('what is sent is read as it was sent: key, value, time, headers; no value is null', async () => {
  const post = await opened()
  await post.send(totals, { key: 'ann', value: 3, time: 7, headers: { by: 'me' } })
  await post.send(totals, { key: 'ann', value: null, time: 8 })
  const [one, two] = await first(post, totals, 2)
  assert.equal([one?.key, one?.value, one?.time], ['ann', 3, 7])
  assert.is(Buffer.from(one?.headers['by'] ?? []).toString(), 'me')
  assert.equal([two?.key, two?.value, two?.time], ['ann', null, 8])
})

test('calls that do not wait for one another keep the order of each key', async () => {
  const post = await opened()
  const keys = ['a', 'b', 'c']
  const sent = Array.from({ length: 60 }, (_, n) => ({ key: keys[n % 3] ?? '', value: n }))
  await Promise.all(sent.map((record) => post.send(totals, record)))
  const found = await first(post, totals, sent.length)
  for (const key of keys) {
    const valuesOf = (all: readonly { readonly key: string; readonly value: number }[]) =>
      all.filter((it) => it.key === key).map(({ value }) => value)
    assert.equal(valuesOf(found), valuesOf(sent))
  }
})

test('records without a key go round over calls as well', async () => {
  const post = await opened()
  for (let n = 0; n < 6; n++) await post.send(lines, { value: `line ${n}` })
  const partitions = (await first(post, lines, 6)).map(({ partition }) => partition)
  assert.equal(partitions, [0, 0, 1, 1, 2, 2])
})

test('the answer of send is where the last record of each partition is', async () => {
  const post = await opened()
  const records: SentRecord<string, number>[] = ['a', 'b', 'c', 'd'].map((key) => ({
    key,
    value: 1,
  }))
  const places = await post.send(totals, ...records)
  const found = await first(post, totals, 4)
  const last = [0, 1].map((partition) => found.findLast((it) => it.partition === partition))
  const byPartition = [...places].sort((a, b) => a.partition - b.partition)
  const placeOf = ({ topic: name, partition, offset }: ReceivedRecord<string, number>) => {
    return { topic: name, partition, offset }
  }
  assert.equal(
    byPartition,
    last.flatMap((it) => (it === undefined ? [] : [placeOf(it)])),
  )
  assert.is(byPartition.length, 2)
})

test('who kept what was read last goes on behind it, and waits for what is still to come', async () => {
  const post = await opened()
  for (const value of [1, 2, 3]) await post.send(totals, { key: 'ann', value })
  const [, two] = await first(post, totals, 2)
  assert.ok(two)
  const rest = first(post, totals, 2, { after: [two] })
  await post.send(totals, { key: 'ann', value: 4 })
  assert.equal(
    (await rest).map(({ value }) => value),
    [3, 4],
  )
})

test('a loop ends when its signal is aborted, and when the post is closed', async () => {
  const post = await opened()
  const abort = new AbortController()
  const aborted = first(post, totals, 1, { signal: abort.signal })
  const closedUnder = first(post, totals, 1)
  abort.abort()
  assert.equal(await aborted, [])
  assert.equal(await first(post, totals, 1, { signal: abort.signal }), [])
  post.close()
  assert.equal(await closedUnder, [])
  assert.match(await refusal(post.send(totals, { key: 'a', value: 1 })), /^CLOSED/)
  assert.match(await refusal(first(post, totals, 1)), /^CLOSED/)
})

test('one record that is refused keeps all of its call from being written', async () => {
  const post = await opened()
  const good = { key: 'a', value: 1 }
  for (const time of [-1, 0.5, Number.NaN]) {
    assert.match(await refusal(post.send(totals, good, { ...good, time })), /^TIME_INVALID/)
  }
  assert.match(await refusal(post.send(totals, good, { key: 'a', value: 1.5 })), /^VALUE_REFUSED/)
  await post.send(totals, { key: 'a', value: 2 })
  assert.equal(
    (await first(post, totals, 1)).map(({ value }) => value),
    [2],
  )
})

test('a topic that is not there is refused, and found once it is', async () => {
  const post = await opened()
  const nowhere = topic('nowhere', { value: serde.string() })
  assert.match(await refusal(post.send(nowhere, { value: 'x' })), /^TOPIC_UNKNOWN.*'nowhere'/)
  assert.match(await refusal(first(post, nowhere, 1)), /^TOPIC_UNKNOWN/)
})

test('a record that is not what the topic declares is named, and can be passed over', async () => {
  const post = await opened()
  const texts = topic('totals', { key: serde.string(), value: serde.string() })
  const [place] = await post.send(texts, { key: 'ann', value: 'not a number' })
  assert.ok(place)
  await post.send(totals, { key: 'ann', value: 5 })
  const said = await refusal(first(post, totals, 1))
  assert.match(said, new RegExp(`^RECORD_UNREADABLE.*totals/${place.partition} offset 0`))
  assert.equal(
    (await first(post, totals, 1, { after: [place] })).map(({ value }) => value),
    [5],
  )
})

test.run()
