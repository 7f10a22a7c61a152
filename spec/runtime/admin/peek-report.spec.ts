// Records as people read them, over the admin API and off it.

import { serde } from 'millrace'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { offset } from '#protocols/core/brands'
import { utf8 } from '#protocols/core/bytes'
import type { Serde } from '#protocols/serdes/serde'
import type { ErrorDocument, PeekDocument } from '#runtime/admin/documents'
import { peekDocument } from '#runtime/admin/peek-report'
import { AdminWorld } from '../../kit/admin-world.ts'

test('a record is shown whole, and what cannot be read says so', () => {
  const record = { offset: offset(5), time: 7, key: utf8('k'), value: utf8('x') }
  const headers = [['from', utf8('y')]] as const
  const serdes = { key: serde.string(), value: serde.int32() } as unknown as {
    key: Serde<unknown>
    value: Serde<unknown>
  }
  const question = { topic: 't', from: 'last', count: 1 } as const
  const stored = { ...record, headers } as unknown as Parameters<
    typeof peekDocument
  >[1][number]['record']
  const { records, ...rest } = peekDocument(question, [{ partition: 2, record: stored }], serdes)
  assert.equal(rest, { topic: 't', key: 'string', value: 'int32' })
  const [{ value, ...shown } = { value: null }] = records
  assert.equal(shown, { partition: 2, offset: 5, time: 7, key: 'k', headers: { from: 'y' } })
  assert.match(String(value), /^<1 bytes, /)
})

test('a host reads a topic as its topologies do', async () => {
  const admin = await AdminWorld.start()
  await admin.count('to be', 'to')
  const { answer } = await admin.ask<PeekDocument>('/v1/peek?topic=word-counts')
  assert.is(answer.value, 'int64')
  assert.equal(answer.records.map(({ key, value }) => `${key} ${value}`).sort(), [
    'be 1',
    'to 1',
    'to 2',
  ])
  const one = await admin.ask<PeekDocument>('/v1/peek?topic=lines&from=first&count=1&partition=0')
  assert.is(one.answer.records.length, 1)
  for (const [query, code] of [
    ['topic=nowhere', 'TOPIC_UNKNOWN'],
    ['topic=lines&partition=7', 'PARTITION_UNKNOWN'],
    ['topic=lines&count=5000', 'OPTION_INVALID'],
    ['topic=lines&from=end', 'OPTION_INVALID'],
  ]) {
    const refused = await admin.ask<ErrorDocument>(`/v1/peek?${query}`)
    assert.equal([refused.status, refused.answer.error.code], [400, code], query)
  }
})

test.run()
