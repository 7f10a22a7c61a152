// When top takes the whole screen. What it does there is proved in spec/journeys/top.spec.ts.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isFullScreen } from '#runtime/cli/top'

const tty = { isTTY: true }

test('top takes the screen where there is one to draw on and a keyboard', () => {
  assert.is(isFullScreen({ stdin: tty, stdout: tty, env: { TERM: 'xterm' } }), true)
  assert.is(isFullScreen({ stdin: {}, stdout: tty, env: {} }), false)
  assert.is(isFullScreen({ stdin: tty, stdout: {}, env: {} }), false)
  assert.is(isFullScreen({ stdin: tty, stdout: tty, env: { TERM: 'dumb' } }), false)
})

test.run()
