// Dead letters from the command line: counted, shown, and appended to where they came from, once.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { deadLetterHeaders } from '#actors/topology/dead-letter'
import { utf8 } from '#protocols/core/bytes'
import { encodeDocument, hostKey } from '#protocols/messages/membership'
import { BatchBuilder } from '#protocols/records/batch'
import { readEvents } from '#runtime/events/read-events'
import { brokerLocation } from '#runtime/process/broker-location'
import { openBroker } from '#runtime/process/open-broker'
import { memberOf } from '../../actors/host/host-world.ts'
import { millrace, type Ran } from '../../kit/host-process.ts'
import { tempDir } from '../../kit/temp-dir.ts'

const directory = tempDir()
const broker = openBroker(brokerLocation('file:.', directory))
for (const [name, partitions] of [
  ['orders', 2],
  ['plain', 1],
  ['shop.dlq', 1],
] as const) {
  await broker.topics.ensure({ name, partitions })
}

interface Letter {
  readonly value: string
  readonly topic: string
  readonly offset: number
  readonly operator?: string
}

async function write(...letters: Letter[]): Promise<void> {
  const builder = new BatchBuilder()
  for (const { value, topic, offset, operator } of letters) {
    const at = { topic, partition: 1, offset, headers: () => [] }
    const code = operator === undefined ? 'RECORD_UNREADABLE' : 'CALL_FAILED'
    const headers = deadLetterHeaders(at, code, 'no such luck', operator)
    builder.add(utf8('k'), utf8(value), 5, [['trace', utf8('x')], ...headers])
  }
  const to = { topic: 'shop.dlq', partition: 0 }
  await broker.producer().append([{ to, batch: builder.finish() }])
}

const run = (line: string): Promise<Ran> =>
  millrace([...line.split(' '), '--broker', `file:${directory}`])

const text = async (line: string): Promise<string> => {
  const ran = await run(line)
  assert.is(ran.code, 0, ran.stderr)
  return ran.stdout
}

const replayed = async (): Promise<string[]> =>
  (await text('consume orders --from-beginning --until-end --json')).split('\n').filter(Boolean)

test('of a topic without letters it is said that it holds none', async () => {
  const { code, stdout, stderr } = await run('dlq show shop.dlq')
  assert.equal([code, stdout, stderr], [0, '', 'shop.dlq holds no letters\n'])
  const json = await run('dlq show shop.dlq --json')
  assert.equal([json.code, json.stdout], [0, ''])
})

test('ls counts by code and source, over the topics that hold letters', async () => {
  assert.equal(JSON.parse(await text('dlq --json')), { deadLetters: [] })
  const builder = new BatchBuilder()
  builder.add(null, utf8('no letter'), 1, [])
  const to = { topic: 'plain', partition: 0 }
  await broker.producer().append([{ to, batch: builder.finish() }])
  await write(
    { value: 'one', topic: 'orders', offset: 3 },
    { value: 'two', topic: 'orders', offset: 4 },
    { value: 'mapped', topic: 'orders', offset: 5, operator: 'ask' },
    { value: 'lost', topic: 'gone', offset: 0 },
  )
  const row = (code: string, topic: string, letters: number) => ({
    ...{ dlq: 'shop.dlq', code, topic, letters },
  })
  assert.equal(JSON.parse(await text('dlq ls --json')), {
    deadLetters: [
      row('RECORD_UNREADABLE', 'orders', 2),
      row('CALL_FAILED', 'orders', 1),
      row('RECORD_UNREADABLE', 'gone', 1),
    ],
  })
  assert.match(await text('dlq'), /shop\.dlq +RECORD_UNREADABLE +orders +2\n/)
})

test('show prints letters with where they came from, why, and their headers', async () => {
  const shown = await text('dlq show shop.dlq --limit 1')
  assert.is(
    shown,
    [
      ...['shop.dlq/0 offset 0: RECORD_UNREADABLE', '  from     orders/1 offset 3'],
      ...['  because  no such luck', '  key      k', '  value    one', '  header   trace: x', ''],
    ].join('\n'),
  )
  const lines = (await text('dlq show shop.dlq --json')).trim().split('\n')
  assert.is(lines.length, 4)
  const { error, headers, value } = JSON.parse(lines[2] ?? '')
  assert.equal([error.code, error.operator, error.offset], ['CALL_FAILED', 'ask', 5])
  assert.equal([headers, value], [{ trace: 'x' }, 'mapped'])
})

test('replay without --yes says what it would do and does nothing', async () => {
  const ran = await run('dlq replay shop.dlq')
  assert.equal([ran.code, ran.stdout], [2, ''])
  assert.match(ran.stderr, /^would replay 2 letters\nleft there: 1 letter, .*say --yes/s)
  const told = JSON.parse((await run('dlq replay shop.dlq --json')).stdout)
  assert.equal([told.isDone, told.replayed], [false, 2])
  assert.equal(await replayed(), [])
})

test('replay appends each letter to its partition with its own headers and time, once', async () => {
  const ran = await run('dlq replay shop.dlq --yes')
  assert.is(ran.code, 0)
  assert.is(ran.stdout, 'replayed 2 letters\n')
  assert.match(ran.stderr, /left there: 1 letter, no longer.*\nleft there: 1 letter from/)
  const records = (await replayed()).map((line) => JSON.parse(line))
  assert.equal(
    records.map(({ value }) => value),
    ['one', 'two'],
  )
  const { partition, time, headers, key } = records[0]
  assert.equal([partition, time, headers, key], [1, 5, { trace: 'x' }, 'k'])
  assert.is(await text('dlq replay shop.dlq --yes'), 'replayed 0 letters\n')
  await write({ value: 'three', topic: 'orders', offset: 6 })
  const third = JSON.parse(await text('dlq replay shop.dlq --yes --json'))
  assert.equal(third, { dlq: 'shop.dlq', isDone: true, replayed: 1, changed: 0, homeless: 0 })
  assert.is((await replayed()).length, 3)
  await broker.keys.put(hostKey('shop', 'one'), encodeDocument(memberOf('one')))
  const again = 'dlq replay shop.dlq --yes --again --reason mended'
  assert.is(await text(again), 'replayed 3 letters\n')
  const [event] = await readEvents(broker, 'shop')
  assert.equal(
    [event?.code, event?.message, event?.reason],
    ['LETTERS_REPLAYED', '3 letters of shop.dlq went to their topics again', 'mended'],
  )
  assert.is((await replayed()).length, 6)
})

test('a topic that is not there is refused', async () => {
  const ran = await run('dlq show nowhere')
  assert.is(ran.code, 1)
  assert.match(ran.stderr, 'TOPIC_UNKNOWN')
})

test.after(() => broker.close())

test.run()
