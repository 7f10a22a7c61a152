// Keys and values as people type them and as screens show them.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { decoded, encoded } from '#protocols/serdes/whole'
import { parsed, plain, SERDE_NAMES, serdeNamed, shown, unplain } from '#runtime/admin/values'

const codeOf = (run: () => unknown): string => {
  try {
    return `answered ${String(run())}`
  } catch (error) {
    return isMillraceError(error) ? error.code : String(error)
  }
}

test('what is typed for a serde is a value of it', () => {
  const typed = {
    ...{ string: 'a b', bytes: 'AAEC', json: '{"a":[1]}', int32: '-5', int64: '12345678901' },
    ...{ double: '1.5', boolean: 'true' },
  }
  for (const [name, text] of Object.entries(typed)) {
    const serde = serdeNamed(name)
    const value = decoded(serde, encoded(serde, parsed(name, text)))
    assert.is(shown(value), text, name)
  }
})

test('text is never read as anything else', () => {
  fc.assert(fc.property(fc.string(), (text) => assert.is(shown(parsed('string', text)), text)))
})

test('what JSON shows of bytes is bytes again', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const again = unplain('bytes', JSON.parse(JSON.stringify(plain(bytes))))
      assert.equal(Uint8Array.from(again as Uint8Array), bytes) // a Buffer of the same bytes
    }),
  )
  assert.is(unplain('string', 'AAEC'), 'AAEC')
})

test('a serde there is not, and a value that is none, are refused', () => {
  assert.is(
    codeOf(() => serdeNamed('strnig')),
    'SERDE_UNKNOWN',
  )
  assert.is(
    codeOf(() => serdeNamed('constructor')),
    'SERDE_UNKNOWN',
  )
  assert.is(
    codeOf(() => parsed('int64', 'whale')),
    'VALUE_UNREADABLE',
  )
  assert.ok(SERDE_NAMES.includes('string'))
})

test('a key with a window that was not written as one is told how it is', () => {
  for (const name of ['windowed(string, 60000)', 'sessionWindowed(string)']) {
    assert.throws(() => parsed(name, 'ann'), /"key":"a","start":0.*--windows-of/)
  }
  assert.not.throws(() => parsed('string', 'ann'))
})

test.run()
