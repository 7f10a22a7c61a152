// Waiting for several things of which some may fail.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { allOf } from '#protocols/core/all-of'

test('it rejects with the first failure, and only when nothing is under way any more', async () => {
  let end: () => void = () => {}
  const slow = new Promise<void>((resolve) => {
    end = resolve
  })
  let outcome = 'under way'
  const all = allOf([Promise.reject(new Error('one')), slow, Promise.reject(new Error('two'))])
  const told = all.catch((error: Error) => {
    outcome = error.message
  })
  await new Promise(setImmediate)
  assert.is(outcome, 'under way')
  end()
  await told
  assert.is(outcome, 'one')
})

test('it resolves when all of them have', async () => {
  await allOf([Promise.resolve(1), Promise.resolve('2')])
  await allOf([])
})

test.run()
