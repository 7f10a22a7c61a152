// Single messages: what a server answers is read, and who was quicker at removing is no failure.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { JET, JetRefusal } from '#protocols/jetstream/errors'
import type { Link } from '#protocols/jetstream/link'
import { lastMessage, messageAt, removeMessages } from '#protocols/jetstream/messages'

type Ask = (subject: string, body: { readonly seq?: number }) => Promise<unknown>

const linkThat = (ask: Ask): Link => ({ ask }) as unknown as Link // all that is asked of it here

const refusing =
  (code: number): Ask =>
  async () => {
    throw new JetRefusal(code, 'no')
  }

test('a message comes with its headers, bytes and time', async () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  const message = {
    ...{ subject: 'a.b', seq: 7, time: '2026-01-01T00:00:00.5Z', data: base64('bytes') },
    hdrs: base64('NATS/1.0\r\nOne: 1\r\nTwo:  with: more \r\n\r\n'),
  }
  const link = linkThat(async () => ({ message }))
  const found = await lastMessage(link, 's', 'a.*')
  assert.equal(
    found?.headers,
    new Map([
      ['One', '1'],
      ['Two', 'with: more'],
    ]),
  )
  assert.equal(Buffer.from(found?.data ?? []).toString(), 'bytes')
  assert.equal([found?.message, found?.subject], [7, 'a.b'])
  assert.is(found?.timeMs, Date.UTC(2026, 0, 1) + 500)
})

test('what is not there is null, and a stream that is not there is told', async () => {
  assert.is(await messageAt(linkThat(refusing(JET.noMessage)), 's', 1), null)
  let code = 0
  await messageAt(linkThat(refusing(JET.streamUnknown)), 's', 1).catch((error: JetRefusal) => {
    code = error.code
  })
  assert.is(code, JET.streamUnknown)
})

test('of many messages each is removed once, and one that somebody else removed is passed over', async () => {
  const numbers = Array.from({ length: 150 }, (_, n) => n + 1)
  const removed: number[] = []
  const link = linkThat(async (_, { seq = 0 }) => {
    removed.push(seq)
    if (seq % 50 === 0) throw new JetRefusal(JET.noMessage, 'no message found')
  })
  await removeMessages({ link } as Parameters<typeof removeMessages>[0], 's', numbers)
  assert.equal(removed, numbers)
  const gone = linkThat(refusing(JET.streamUnknown))
  let isTold = false
  await removeMessages({ link: gone } as Parameters<typeof removeMessages>[0], 's', [1]).catch(
    () => {
      isTold = true
    },
  )
  assert.ok(isTold)
})

test.run()
