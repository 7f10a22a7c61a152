// How consume reads a topic of which a host says how its topology does.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serdesLike } from '../../../runtime/cli/consume.ts'

const like = (key: string, value: string) => {
  const { note, ...serdes } = serdesLike('orders', { key, value })
  return [serdes.key.name, serdes.value.name, note]
}

test('a serde that has a name is taken', () => {
  assert.equal(like('int64', 'json'), ['int64', 'json', null])
})

test('one that has none is shown as text, and it is said which command reads it', () => {
  assert.equal(like('string', 'avro(ids)'), [
    ...['string', 'string'],
    'avro(ids) of orders shown as text; as the topology reads it: millrace peek orders',
  ])
  assert.match(like('avro(a)', 'avro(b)')[2] ?? '', /^avro\(a\) and avro\(b\) of orders/)
})

test.run()
