// Lanes: who goes first, who waits, and what happens when one is full.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Mailbox } from '#actors/kernel/mailbox'

test('control goes before data, each in order', () => {
  const mailbox = new Mailbox<string>({ control: 8, data: 8 })
  for (const name of ['d1', 'd2']) mailbox.offer(name, 'data')
  for (const name of ['c1', 'c2']) mailbox.offer(name, 'control')
  assert.equal(
    [1, 2, 3, 4].map(() => mailbox.next()),
    ['c1', 'c2', 'd1', 'd2'],
  )
})

test('waiting data has its turn after 32 control messages in a row', () => {
  const mailbox = new Mailbox<string>({ control: 100, data: 8 })
  mailbox.offer('d', 'data')
  mailbox.offer('d', 'data')
  for (let i = 0; i < 70; i++) mailbox.offer('c', 'control')
  const order = Array.from({ length: 72 }, () => mailbox.next()).join('')
  assert.is(order, `${'c'.repeat(32)}d${'c'.repeat(32)}d${'c'.repeat(6)}`)
})

test('a full lane refuses, the other one does not, and signals are never refused', () => {
  const mailbox = new Mailbox<string>({ control: 1, data: 1 })
  assert.ok(mailbox.offer('a', 'control'))
  assert.not(mailbox.offer('b', 'control'))
  assert.ok(mailbox.offer('c', 'data'))
  for (let i = 0; i < 100; i++) mailbox.signal(() => {})
  assert.equal([mailbox.signals, mailbox.control, mailbox.data], [100, 1, 1])
})

test.run()
