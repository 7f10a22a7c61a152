// What answers for a host is loaded when it is wanted, and while the package it comes from is there.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Answering, lateApp } from '#runtime/admin/late-app'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'

const ASKED = new Request('http://host/')
const app: Answering = { fetch: () => new Response('here') }

function counted(failures = 0) {
  const seen = { loads: 0 }
  const load = async (): Promise<Answering> => {
    if (seen.loads++ < failures) throw new Error('it is not there')
    return app
  }
  return { seen, load }
}

test('the first question loads what answers, the next ones ask it', async () => {
  const { seen, load } = counted()
  const late = lateApp(new SimulatedClock(), load)
  assert.is(seen.loads, 0)
  const answers = await Promise.all([late.fetch(ASKED), late.fetch(ASKED)])
  assert.equal(await Promise.all(answers.map((it) => it.text())), ['here', 'here'])
  assert.is(seen.loads, 1)
})

test('it is loaded by itself when nobody asks, and not by one that was closed before', async () => {
  const clock = new SimulatedClock()
  const [open, ended] = [counted(), counted()]
  lateApp(clock, open.load)
  lateApp(clock, ended.load).close()
  await clock.advance(1000)
  assert.equal([open.seen.loads, ended.seen.loads], [1, 0])
})

test('what could not be loaded is tried again by who asks next', async () => {
  const { load } = counted(1)
  const late = lateApp(new SimulatedClock(), load)
  const failed = await Promise.resolve(late.fetch(ASKED)).then(
    () => 'answered',
    (error: Error) => error.message,
  )
  assert.is(failed, 'it is not there')
  assert.is(await (await late.fetch(ASKED)).text(), 'here')
})

test.run()
