// A server listens before it has anything to say, and says that.

import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Hono } from 'hono'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { lateServer, listen, starting } from '#runtime/admin/late-server'

const anywhere = { port: 0, host: '127.0.0.1' }

test('who asks too early is told by another, then by the application', async () => {
  const late = lateServer(() => new Response('early', { status: 503 }))
  await listen(late.server, anywhere)
  const { port } = late.server.address() as AddressInfo
  const ask = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`)).text()
  assert.is(await ask(), 'early')
  late.serve(new Hono().get('/', (c) => c.text('late')))
  assert.is(await ask(), 'late')
  await late.close()
})

test('it ends although somebody waits for an answer', async () => {
  const late = lateServer()
  await listen(late.server, anywhere)
  let arrived: () => void = () => {}
  const hasArrived = new Promise<void>((resolve) => {
    arrived = resolve
  })
  late.serve(
    new Hono().get('/', () => {
      arrived()
      return new Promise<Response>(() => {})
    }),
  )
  const { port } = late.server.address() as AddressInfo
  const asked = new Promise<string>((resolve) => {
    request({ port, host: '127.0.0.1' }, () => resolve('answered'))
      .on('error', () => resolve('cut off'))
      .end()
  })
  await hasArrived
  await late.close()
  assert.is(await asked, 'cut off')
})

test('where it cannot listen, that is a failure of the call', async () => {
  const first = lateServer()
  await listen(first.server, anywhere)
  const { port } = first.server.address() as AddressInfo
  const second = lateServer()
  const outcome = await listen(second.server, { ...anywhere, port }).catch((error) => error.code)
  assert.is(outcome, 'EADDRINUSE')
  await first.close()
  assert.is(starting().status, 503)
})

test.run()
