// Outputs on their way: what was read ahead of a claim may be old when it is needed.

import * as assert from 'uvu/assert'
import {
  appendTo,
  claimOf,
  inputAt,
  NEVER_MS,
  recordsIn,
  refuses,
  texts,
  transactionOf,
} from '../../contracts/broker-kit.ts'
import { natsSuite } from '../../kit/nats-server.ts'
import { within } from '../../kit/within.ts'
import { freshNamespace, jetBroker } from './jet-world.ts'

await natsSuite('forward', {}, (test, server) => {
  test('what a replaced owner forwards while it is replaced is there once', async () => {
    const namespace = freshNamespace()
    let go = (): void => {}
    const gone = new Promise<void>((resolve) => {
      go = resolve
    })
    let tell = (): void => {}
    const stored = new Promise<void>((resolve) => {
      tell = resolve
    })
    const old = await jetBroker(server, {
      namespace,
      onPoint: (point) => {
        if (point !== 'commit-stored') return
        tell()
        return gone
      },
    })
    await old.topics.ensure({ name: 'out', partitions: 1 })
    const session = await old.claim(claimOf('a'))
    const outputs = [appendTo('out', 0, ['a=1']), appendTo('out', 0, ['b=2'])]
    const committed = session.commit(transactionOf({ positions: [inputAt(1)], outputs }))
    const broker = await jetBroker(server, {
      namespace,
      // By now it has read that nothing was forwarded.
      onPoint: async (point) => {
        if (point !== 'claim-stored') return
        go()
        await committed
      },
    })
    await within(NEVER_MS, 'the commit is stored', stored)
    const next = await within(NEVER_MS, 'the claim', broker.claim(claimOf('b')))
    assert.equal(next.positions, [inputAt(1)])
    assert.equal(texts(await recordsIn(broker, 'out')), ['a=1', 'b=2'])
    await refuses('TASK_FENCED', () => session.commit(transactionOf({ positions: [inputAt(2)] })))
    await Promise.all([old.close(), broker.close()])
  })
})
