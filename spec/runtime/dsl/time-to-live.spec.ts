// A time to live is measured by stream time, record by record: when commits fall changes nothing.

import { serde, topic, topology } from 'millrace'
import { testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const clicks = topic('clicks', { key: serde.string(), value: serde.string() })
const counts = topic('counts', { key: serde.string(), value: serde.int64() })

const counting = topology('counting', (t) => {
  t.stream(clicks).groupByKey().count({ store: 'clicks.count', ttl: 100 }).toStream().to(counts)
})

const times = [0, 50, 500, 550, 1000, 1101]

test('what outlived its time begins anew, whether records come at once or one by one', async () => {
  for (const isSettledEach of [false, true]) {
    await using t = await testkit(counting)
    for (const time of times) {
      t.topic(clicks).send({ key: 'k', value: 'x', time })
      if (isSettledEach) await t.settle()
    }
    await t.settle()
    assert.equal(
      t
        .topic(counts)
        .take()
        .map(({ value }) => value),
      [1, 2, 1, 2, 1, 1],
      isSettledEach ? 'one by one' : 'at once',
    )
  }
})

test.run()
