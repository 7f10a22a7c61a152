// A bad hour in the log: its beginning, its end, and a line now and then between.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Trouble } from '#actors/kernel/trouble'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'

test('what fails again and again is said once, then each half a minute with how often, and when it is over', async () => {
  const clock = new SimulatedClock()
  const said: string[] = []
  const log = {
    log: (level: string, code: string, message: string, facts?: object) =>
      void said.push(`${level} ${code} ${message} ${JSON.stringify(facts)}`),
  }
  const trouble = new Trouble(clock, log, 'CALL', 'they answer again')
  trouble.end()
  for (let second = 0; second < 70; second++) {
    trouble.meet(new Error(second < 5 ? 'busy' : 'away'))
    await clock.advance(1000)
  }
  trouble.end()
  trouble.end()
  trouble.meet(new Error('away'))
  assert.equal(said, [
    'warn CALL_FAILED busy {"times":1}',
    'warn CALL_FAILED away {"times":6}',
    'warn CALL_FAILED away {"times":36}',
    'warn CALL_FAILED away {"times":66}',
    'info CALL_RESUMED they answer again {"times":70,"lastedMs":70000}',
    'warn CALL_FAILED away {"times":1}',
  ])
})

test.run()
