// Events over NATS: what was told is read to its end, by time, and as it comes.

import * as assert from 'uvu/assert'
import { silent } from '#protocols/core/log'
import { EventLog } from '#runtime/events/event-log'
import { followEvents, readEvents } from '#runtime/events/read-events'
import { brokerLocation } from '#runtime/process/broker-location'
import { connectBroker } from '#runtime/process/open-broker'
import { systemClock } from '#runtime/process/system-ports'
import { natsSuite } from '../../kit/nats-server.ts'
import { within } from '../../kit/within.ts'

await natsSuite('events over nats', {}, (test, server) => {
  test('what was told is read to its end, by time, and as it comes', async () => {
    const broker = await connectBroker(brokerLocation(server.url, '.'))
    const tell = async (...codes: string[]): Promise<void> => {
      const ports = { broker, clock: systemClock, application: 'app', host: 'one' }
      const events = new EventLog(ports)
      for (const code of codes) events.logger(silent).log('info', code, code)
      await events.close()
      assert.is(events.waiting, 0)
    }
    const read = async (sinceMs?: number): Promise<string[]> => {
      const all = await within(30_000, 'reading', readEvents(broker, 'app', { sinceMs }))
      return all.map(({ code }) => code)
    }
    assert.equal(await read(), [])
    await tell('HOST_JOINED', 'TASKS_PLACED')
    await tell('HOST_LEFT')
    assert.equal(await read(), ['HOST_JOINED', 'TASKS_PLACED', 'HOST_LEFT'])
    assert.equal(await read(Date.now() + 60_000), [])
    let ring = (): void => {}
    const follower = await followEvents(broker, 'app', { kind: 'DRAIN' }, () => ring())
    assert.ok(follower !== null)
    await within(
      30_000,
      'the past',
      follower.upTo(follower.end, () => assert.unreachable()),
    )
    await tell('DRAIN')
    for (;;) {
      const rung = new Promise<void>((resolve) => {
        ring = resolve
      })
      const found = follower.take()
      if (found.length === 1) break
      await within(30_000, 'a ring', rung)
    }
    follower.close()
    await broker.close()
  })
})
