// Reading events: by time and by code, while more come, and past what is no event.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { silent } from '#protocols/core/log'
import { eventsTopic } from '#protocols/messages/event'
import { BatchBuilder } from '#protocols/records/batch'
import { NO_HEADERS } from '#protocols/records/record'
import { EventLog } from '#runtime/events/event-log'
import { followEvents, readEvents } from '#runtime/events/read-events'
import { HostWorld } from '../../actors/host/host-world.ts'

async function scene() {
  const world = new HostWorld()
  const { broker, clock } = world
  const events = new EventLog({ broker, clock, application: 'app', host: 'one' })
  const say = async (code: string): Promise<void> => {
    events.logger(silent).log('info', code, code)
    await clock.settle()
  }
  await say('HOST_JOINED')
  return { world, say }
}

test('where nothing ever happened there is nothing to read', async () => {
  const { broker, ...world } = new HostWorld()
  assert.equal(await readEvents(broker, 'app'), [])
  assert.is(await followEvents(broker, 'app', {}, () => {}), null)
  assert.ok(world)
})

test('what is no event is passed over', async () => {
  const { world, say } = await scene()
  const batch = new BatchBuilder()
  batch.add(null, utf8('dust'), world.clock.now(), NO_HEADERS)
  batch.add(null, null, world.clock.now(), NO_HEADERS)
  const to = { topic: eventsTopic('app'), partition: 0 }
  await world.now(world.broker.producer().append([{ to, batch: batch.finish() }]))
  await say('HOST_LEFT')
  const all = await world.now(readEvents(world.broker, 'app'))
  assert.equal(
    all.map(({ code }) => code),
    ['HOST_JOINED', 'HOST_LEFT'],
  )
})

test('who follows is told of what comes, and given what passes the filter', async () => {
  const { world, say } = await scene()
  let rung = 0
  const ring = (): void => void rung++
  const follower = await world.now(
    followEvents(world.broker, 'app', { kind: 'TASKS_PLACED' }, ring),
  )
  assert.ok(follower !== null)
  assert.equal(follower.take(), [])
  assert.equal(follower.take(), [])
  const before = rung
  await say('TASKS_PLACED')
  await say('HOST_LEFT')
  assert.ok(rung > before)
  assert.equal(
    follower.take().map(({ code }) => code),
    ['TASKS_PLACED'],
  )
  follower.close()
})

test('among the newest so many only those are read that pass', async () => {
  const { world, say } = await scene()
  for (const code of ['HOST_GONE', 'HOST_LEFT', 'HOST_GONE']) await say(code)
  const codes = async (filter: object) => {
    const read = world.now(readEvents(world.broker, 'app', filter))
    return (await read).map(({ code }) => code)
  }
  assert.equal(await codes({ among: 2 }), ['HOST_LEFT', 'HOST_GONE'])
  assert.equal(await codes({ among: 2, kind: 'HOST_GONE' }), ['HOST_GONE'])
  assert.is((await codes({ among: 100 })).length, 4)
})

test.run()
