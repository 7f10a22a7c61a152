// Retention over NATS keeps what the next owner of a task needs, and goes on while others read.

import * as assert from 'uvu/assert'
import {
  appendTo,
  boundsOf,
  claimOf,
  endOf,
  gather,
  recordsIn,
  texts,
  transactionOf,
} from '../../contracts/broker-kit.ts'
import { natsSuite } from '../../kit/nats-server.ts'
import { freshNamespace, jetBroker } from './jet-world.ts'

await natsSuite('jetstream retention', {}, (test, server) => {
  test('the last batch of a task stays below the floor: unread, and known to the next owner', async () => {
    const namespace = freshNamespace()
    const broker = await jetBroker(server, { namespace })
    await broker.topics.ensure({ name: 'out', partitions: 1, retentionMs: 1 })
    const commit = (n: number) => transactionOf({ outputs: [appendTo('out', 0, [`a=${n}`], 1)] })
    const first = await broker.claim(claimOf('h1'))
    for (const n of [1, 2, 3]) await first.commit(commit(n))
    assert.is((await broker.maintain()).messagesExpired, 3)
    assert.is((await broker.maintain()).messagesExpired, 0)
    assert.equal(await recordsIn(broker, 'out'), [])
    const { first: oldest, next } = await boundsOf(broker, 'out')
    assert.is(oldest, next)
    // The claim looks whether the last commit was forwarded: it was.
    const second = await broker.claim(claimOf('h2'))
    assert.equal(await recordsIn(broker, 'out'), [])
    await second.commit(commit(4))
    assert.equal(texts(await recordsIn(broker, 'out')), ['a=4'])
    await broker.close()
  })

  test('a reader at the end misses nothing while what is behind it goes', async () => {
    const broker = await jetBroker(server, { namespace: freshNamespace() })
    await broker.topics.ensure({ name: 'lines', partitions: 2, retentionBytes: 1 })
    const readers = [0, 1].map((partition) =>
      broker.reader({ topic: 'lines', partition }, 'earliest', () => {}),
    )
    const seen: string[][] = [[], []]
    for (let round = 0; round < 20; round++) {
      const append = (at: number) => appendTo('lines', at, [`k=${round}`])
      await Promise.all([
        broker.maintain(),
        broker.producer().append([append(0)]),
        broker.producer().append([append(1)]),
      ])
      for (const [at, reader] of readers.entries()) {
        seen[at]?.push(...(await gather(reader, await endOf(broker, 'lines', at))))
      }
    }
    const all = Array.from({ length: 20 }, (_, round) => `k=${round}`)
    assert.equal(seen.map(texts), [all, all])
    await broker.close()
  })
})
