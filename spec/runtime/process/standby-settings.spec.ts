// How copies are kept where nobody says.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { standbySettings } from '#runtime/process/standby-settings'

test('there are no standbys unless they were asked for, and moves wait for a copy that is nearly there', () => {
  assert.equal(standbySettings({}), { count: 0, acceptableLag: 10_000, warmups: 2 })
  const said = standbySettings({ standbys: 1, acceptableLag: 0, warmups: 5 })
  assert.equal(said, { count: 1, acceptableLag: 0, warmups: 5 })
})

test.run()
