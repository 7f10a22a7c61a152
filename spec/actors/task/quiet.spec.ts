// How far time goes on in silence.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Quiet } from '#actors/task/quiet'

test('time goes on when nothing was taken for so long, by the ms of silence', () => {
  const quiet = new Quiet(1000)
  assert.is(quiet.look(5, 10_000, 700), null)
  assert.is(quiet.untilMs, 11_000)
  assert.is(quiet.look(5, 10_999, 700), null)
  assert.is(quiet.look(5, 11_200, 700), 1900)
})

test('it is looked at every so often, always from where the silence began', () => {
  const quiet = new Quiet(1000)
  quiet.look(5, 0, 700)
  assert.is(quiet.look(5, 1000, 700), 1700)
  assert.is(quiet.untilMs, 2000)
  assert.is(quiet.look(5, 1500, 1700), null)
  assert.is(quiet.look(5, 3300, 1700), 4000)
})

test('a record begins it anew', () => {
  const quiet = new Quiet(1000)
  quiet.look(5, 0, 700)
  assert.is(quiet.look(6, 1500, 2000), null)
  assert.is(quiet.look(6, 2400, 2000), null)
  assert.is(quiet.look(6, 2500, 2000), 3000)
})

test('without a bound it is never asked, and nothing is due', () => {
  const quiet = new Quiet(Number.POSITIVE_INFINITY)
  assert.not(quiet.isAsked)
  assert.is(quiet.untilMs, Number.POSITIVE_INFINITY)
  assert.ok(new Quiet(1).isAsked)
})

test.run()
