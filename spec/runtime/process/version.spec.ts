// The version the command tells.

import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { version } from '#runtime/process/version'

test('it is the one of the package', () => {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
  assert.ok(text.includes(`"version": "${version()}"`))
})

test.run()
