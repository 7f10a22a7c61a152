// What a host loads before its first task: each package here is waited for by every start.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadedWith } from '../../kit/loaded-with.ts'

test('a host begins its tasks without what answers questions: no framework, no console, no client of NATS', () => {
  const { packages, modules } = loadedWith('runtime/process/process-host.ts')
  assert.equal([...packages].sort(), [
    'lmdb',
    'protobufjs/minimal.js',
    'sorted-btree',
    'xstate',
    'zod',
  ])
  const answering = [...modules].filter((url) => /runtime\/console\/|admin-app|http-/.test(url))
  assert.equal(answering, [])
})

test.run()
