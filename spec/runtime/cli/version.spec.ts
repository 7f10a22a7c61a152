// Versions are those of the files that are installed.

import { readFileSync } from 'node:fs'
import process from 'node:process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { versions } from '../../../runtime/cli/version.ts'

const installed = (name: string): string =>
  JSON.parse(
    readFileSync(new URL(`../../../node_modules/${name}/package.json`, import.meta.url), 'utf8'),
  ).version

test('what runs is named as it is installed', () => {
  const { lmdb, nats, xstate, node, millrace, system } = versions()
  assert.equal([lmdb, nats, xstate], ['lmdb', 'nats', 'xstate'].map(installed))
  assert.is(node, process.versions.node)
  assert.match(millrace, /^\d+\.\d+\.\d+/)
  assert.match(system, /^\w+ \S+ \w+$/)
})

test.run()
