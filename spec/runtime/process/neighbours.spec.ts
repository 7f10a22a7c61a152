// A host is gone when nobody listens at its socket; where that cannot be known, it is not.

import { linkSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isGone, reachOf, socketAnywhere, socketHere } from '#runtime/process/neighbours'
import { memberOf } from '../../actors/host/host-world.ts'
import { tempDir } from '../../kit/temp-dir.ts'

const listening = (socket: string): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer((connection) => connection.destroy())
    server.listen(socket, () => resolve(server))
  })

test('a host that listens is there; when it has closed, or never was, it is gone', async () => {
  const socket = join(tempDir(), 's')
  assert.ok(await isGone(memberOf('a', { socket })))
  const server = await listening(socket)
  assert.not(await isGone(memberOf('a', { socket })))
  await new Promise((resolve) => server.close(resolve))
  assert.ok(await isGone(memberOf('a', { socket })))
})

test('a host without a socket cannot be known to be gone', async () => {
  assert.not(await isGone(memberOf('a', { socket: '' })))
})

test('a host of another machine cannot be looked at, one of this machine can', async () => {
  const path = join(tempDir(), 's')
  assert.is(socketHere({ socket: socketAnywhere(path) }), path)
  assert.is(socketHere({ socket: `elsewhere:${path}` }), null)
  assert.not(await isGone(memberOf('a', { socket: `elsewhere:${path}` })))
  assert.ok(await isGone(memberOf('a', { socket: socketAnywhere(path) })))
})

test('who sees no socket cannot say that a host is gone, and who is refused at one can', async () => {
  const socket = join(tempDir(), 's')
  assert.is(await reachOf({ socket }), 'unknown')
  assert.is(await reachOf({ socket: `elsewhere:${socket}` }), 'unknown')
  const server = await listening(socket)
  assert.is(await reachOf({ socket }), 'reached')
  // As a process that was killed leaves it: Node takes the path away, so a link to the socket stays.
  linkSync(socket, `${socket}2`)
  await new Promise((resolve) => server.close(resolve))
  assert.is(await reachOf({ socket: `${socket}2` }), 'gone')
})

test.run()
