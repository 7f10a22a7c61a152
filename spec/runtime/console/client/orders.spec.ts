// What can be told from the page, and the question before.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as orders from '../../../../runtime/console/client/orders.mjs'
import { aCopy, aTask, NOW } from '../../dashboard/a-look.ts'
import { aState, seen } from './a-state.ts'

const { asking, buttons, hostOrders, keyOrders, placementOrders, taskOrders } = orders
const verbs = (all: readonly { readonly verb: string }[]) => all.map(({ verb }) => verb)

test('what can be told is what makes sense of it as it is', () => {
  const error = { code: 'X', what: 'x' }
  assert.equal(verbs(taskOrders(aTask())), ['pause', 'restart'])
  assert.equal(verbs(taskOrders(aTask({ state: 'paused' }))), ['resume', 'restart'])
  assert.equal(verbs(taskOrders(aTask({ state: 'backoff', error }))), ['pause', 'restart', 'skip'])
  assert.equal(verbs(taskOrders(aCopy())), [])
  assert.equal(verbs(hostOrders('one', 'active')), ['drain'])
  assert.equal(verbs(hostOrders('one', 'draining')), ['undrain'])
  assert.equal(
    [verbs(placementOrders(false)), verbs(placementOrders(true))],
    [['freeze'], ['unfreeze']],
  )
})

test('a key is named as the command line would', () => {
  const row = { actor: 'cart', error: 'x', atMs: NOW, waiting: 0, message: null }
  const bodies = [
    { ...row, key: 'ann' },
    { ...row, key: { id: 7 } },
  ].map((it) => keyOrders(it)[0]?.body)
  assert.equal(bodies, [
    { actor: 'cart', key: 'ann', order: 'retry' },
    { actor: 'cart', key: '{"id":7}', order: 'retry' },
  ])
})

test('a button carries the order that was meant', () => {
  const [, attribute = ''] = /data-order="([^"]*)"/.exec(buttons(taskOrders(aTask())).text) ?? []
  assert.equal(JSON.parse(attribute.replaceAll('&quot;', '"')), taskOrders(aTask())[0])
})

test('nothing is asked before somebody pressed, and then what comes of it is said', () => {
  assert.is(asking(aState()).text, '')
  const [order] = taskOrders(aTask())
  const ask = {
    order: order as NonNullable<typeof order>,
    reason: '',
    isSent: false,
    trouble: 'no',
  }
  const page = asking(aState({}, { ask }))
  assert.match(
    seen(page),
    /pause words\/counts\/0\? It commits, then takes in nothing .* no Cancel/,
  )
  assert.not.match(page.text, 'disabled')
  assert.match(asking(aState({}, { ask: { ...ask, isSent: true } })).text, 'disabled')
})

test.run()
