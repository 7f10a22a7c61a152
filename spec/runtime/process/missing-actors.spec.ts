// Topologies and the keyed actors they use, registered together or not.

import { actor, host, serde, topic, topology } from 'millrace'
import { testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../../actors/host/host-world.ts'
import { tempDir } from '../../kit/temp-dir.ts'

const text = serde.string()
const words = topic('words', { key: text, value: text })
const sizes = topic('sizes', { key: text, value: serde.json<number>() })
const measure = actor('measure', {
  message: text,
  output: serde.json<number>(),
  initial: () => null,
  receive(word, self) {
    self.emit(word.length)
  },
})
const measuring = topology('measuring', (t) => t.stream(words).through(measure).to(sizes))
const hearing = topology('hearing', (t) => t.emitted(measure).to(sizes))
const telling = topology('telling', (t) => t.stream(words).tell(measure))

test('a testkit refuses a topology whose actor nobody runs, whether it tells it something or hears it', async () => {
  for (const definition of [measuring, hearing, telling]) {
    assert.is(await codeOf(testkit(definition)), 'ACTOR_MISSING', definition.name)
  }
})

test('the order in one list does not matter', async () => {
  await using t = await testkit([measuring, measure])
  t.topic(words).send({ key: 'a', value: 'four' })
  await t.settle()
  assert.equal(t.topic(sizes).takeValues(), [['a', 4]])
})

test('a host refuses it, says which, and leaves no topic behind', async () => {
  const broker = `file:${tempDir()}` as const
  const options = { application: 'app', broker, workers: 0, log: 'error' } as const
  const refusal = await host({ ...options, actors: [measuring] }).catch((error: Error) => error)
  assert.match(
    String(refusal),
    /topology 'measuring' uses actor 'measure', which is not registered/,
  )
  await using app = await host(options)
  assert.is(await codeOf(app.register(measuring)), 'ACTOR_MISSING')
  assert.is(await codeOf(app.send(words, { key: 'a', value: 'b' })), 'TOPIC_UNKNOWN')
  await app.register(measure)
  await app.register(measuring)
})

test('an actor that another host registered is there', async () => {
  await using t = await testkit(measure)
  await t.start('host-2', [measuring])
  assert.ok(t.isAlive('host-2'))
})

test.run()
