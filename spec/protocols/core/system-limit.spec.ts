// What the system refuses because of a limit: the same words wherever it comes up.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { factsOf } from '#protocols/core/error-facts'
import { systemLimit } from '#protocols/core/system-limit'
import { engineError } from '#stores/engine/lmdb-errors'

const thrown = (code: string | number): Error => Object.assign(new Error('so it is'), { code })

test('too many open files, and no more memory, are told with what to raise, by Node as by the system', () => {
  const limits = { FILES_EXHAUSTED: ['EMFILE', 'ENFILE', 24, 23], MEMORY_EXHAUSTED: ['ENOMEM', 12] }
  for (const [code, names] of Object.entries(limits)) {
    for (const name of names) {
      const error = systemLimit(thrown(name), '/data')
      assert.is(error?.code, code)
      assert.match(error?.message ?? '', /\(\/data\)\. .*ulimit/)
      assert.is(error?.retry, 'later')
    }
  }
})

test('they are told so of stores, and in answers, and nothing else is', () => {
  assert.is((engineError(thrown('EMFILE'), '/data') as { code?: unknown }).code, 'FILES_EXHAUSTED')
  assert.is((engineError(thrown(12), '/data') as { code?: unknown }).code, 'MEMORY_EXHAUSTED')
  assert.is(factsOf(thrown('EMFILE')).code, 'FILES_EXHAUSTED')
  assert.is(factsOf(thrown('EPERM')).code, 'INTERNAL')
  assert.is(systemLimit(thrown('ENOSPC')), null)
  assert.is(systemLimit('EMFILE'), null)
})

test.run()
