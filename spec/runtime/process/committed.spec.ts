// What a task committed last, read by somebody who does not run it.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { offset } from '#protocols/core/brands'
import { EMPTY } from '#protocols/core/bytes'
import { brokerLocation } from '#runtime/process/broker-location'
import { committedBy } from '#runtime/process/committed'
import { openBroker } from '#runtime/process/open-broker'
import { tempDir } from '../../kit/temp-dir.ts'

const task = { application: 'app', topology: 't', subtopology: 'a', partition: 1 }

test('it is none before the first commit, then that of the newest, and a claim changes nothing', async () => {
  const broker = openBroker(brokerLocation('file:.', tempDir()))
  assert.equal(await committedBy(broker, task), [])
  for (const [n, host] of ['one', 'two'].entries()) {
    const session = await broker.claim({ ...task, partitions: 2, host })
    const at = { topic: 'in', partition: 1 }
    const before = n === 0 ? [] : [{ at, next: 7 }]
    assert.equal(await committedBy(broker, task), before, 'claimed')
    for (const next of [3, 7 + n]) {
      const rest = { changes: null, outputs: [], meta: EMPTY }
      await session.commit({ positions: [{ at, next: offset(next) }], ...rest })
      assert.equal(await committedBy(broker, task), [{ at, next }])
    }
    await session.close()
  }
  assert.equal(await committedBy(broker, { ...task, partition: 0 }), [])
  await broker.close()
})

test.run()
