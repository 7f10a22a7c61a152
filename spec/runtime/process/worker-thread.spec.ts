// What a worker thread loads before its first record: each module here is paid for by every thread of
// every host, at its start.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadedWith } from '../../kit/loaded-with.ts'

test('a worker thread loads what runs tasks, and no more', () => {
  const { packages } = loadedWith('runtime/process/worker-thread.ts')
  assert.equal([...packages].sort(), ['lmdb', 'protobufjs/minimal.js', 'sorted-btree', 'xstate'])
})

test('the module of a topology brings the DSL, and nothing of a host', () => {
  const { packages, modules } = loadedWith('runtime/index.ts')
  assert.equal([...packages].sort(), ['sorted-btree', 'xstate'])
  const ofHosts = [...modules].filter((url) => /runtime\/(admin|console|telemetry)\//.test(url))
  assert.equal(ofHosts, [])
})

test.run()
