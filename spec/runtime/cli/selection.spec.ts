// Which tasks words and patterns mean.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { selected } from '../../../runtime/cli/selection.ts'

const known = ['t/a/0', 't/a/1', 't/a/10', 't/b/0', 'u/a/0']

const refused = (words: readonly string[], topology?: string): string => {
  try {
    selected({ words, topology }, known)
    return 'nothing'
  } catch (thrown) {
    assert.ok(isMillraceError(thrown))
    return `${thrown.code} ${thrown.hint ?? ''}`
  }
}

test('an id means itself, a star anything, a question mark one character', () => {
  const of = (...words: string[]) => selected({ words }, known)
  assert.equal(of('t/a/1'), ['t/a/1'])
  assert.equal(of('t/a/*'), ['t/a/0', 't/a/1', 't/a/10'])
  assert.equal(of('t/a/?'), ['t/a/0', 't/a/1'])
  assert.equal(of('*/0'), ['t/a/0', 't/b/0', 'u/a/0'])
  assert.equal(of('u/*', 't/a/0', '*/a/0'), ['t/a/0', 'u/a/0'])
})

test('a topology means all of its tasks, and narrows what words mean', () => {
  assert.equal(selected({ words: [], topology: 'u' }, known), ['u/a/0'])
  assert.equal(selected({ words: ['*/a/0'], topology: 't' }, known), ['t/a/0'])
})

test('what means nothing is refused, with what was likely meant', () => {
  assert.match(refused([]), 'OPTION_INVALID')
  assert.is(refused(['t/a/00']), 'TASK_UNKNOWN Did you mean t/a/0?')
  assert.match(refused(['x*']), /^TASK_UNKNOWN Tasks: t\/a\/0, /)
  assert.is(refused([], 'tt'), 'TOPOLOGY_UNKNOWN Topologies: t, u')
  // One word that means nothing spoils them all: half of what was meant would be done.
  assert.match(refused(['t/a/0', 'nothing']), 'TASK_UNKNOWN')
})

test('whatever an id is made of, it means itself and nothing else', () => {
  const ids = fc.uniqueArray(
    fc.string({ minLength: 1 }).filter((id) => !/[*?\n\r\u2028\u2029]/.test(id)),
    { minLength: 1 },
  )
  fc.assert(
    fc.property(ids, (all) => {
      for (const id of all) assert.equal(selected({ words: [id] }, all), [id])
    }),
  )
})

test.run()
