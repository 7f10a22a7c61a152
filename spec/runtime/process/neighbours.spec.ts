// A host is gone when nobody listens at its socket; where that cannot be known, it is not.

import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isGone, reachOf, socketAnywhere, socketHere } from '#runtime/process/neighbours'
import { forsaken, listening } from '../../kit/socket-server.ts'
import { tempDir } from '../../kit/temp-dir.ts'

test('a host that listens is reached, and when it was killed it is gone', async () => {
  const socket = join(tempDir(), 's')
  const server = await listening(socket)
  assert.is(await reachOf({ socket }), 'reached')
  assert.not(await isGone({ socket }))
  server.close()
  const left = await forsaken(socket)
  assert.is(await reachOf({ socket: left }), 'gone')
  assert.ok(await isGone({ socket: left }))
})

test('who sees no socket cannot say that its host is gone: it may be in another container', async () => {
  const socket = join(tempDir(), 's')
  assert.is(await reachOf({ socket }), 'unknown')
  assert.not(await isGone({ socket }))
})

test('a host without a socket cannot be known to be gone', async () => {
  assert.not(await isGone({ socket: '' }))
})

test('a host of another machine cannot be looked at, one of this machine can', async () => {
  const path = join(tempDir(), 's')
  assert.is(socketHere({ socket: socketAnywhere(path) }), path)
  assert.is(socketHere({ socket: `elsewhere:${path}` }), null)
  const left = await forsaken(path)
  assert.ok(await isGone({ socket: socketAnywhere(left) }))
  assert.not(await isGone({ socket: `elsewhere:${left}` }))
  assert.is(await reachOf({ socket: `elsewhere:${left}` }), 'unknown')
})

test.run()
