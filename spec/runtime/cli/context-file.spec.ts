// The file of contexts: what is written is read, by its owner alone, and what is damaged is refused.

import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { contextFile, readContexts, writeContexts } from '../../../runtime/cli/context-file.ts'
import { tempDir } from '../../kit/temp-dir.ts'

const contexts = {
  current: 'prod',
  contexts: { prod: { broker: 'nats://ann:secret@x', app: 'a' }, here: { manifest: '/m.yaml' } },
}

const codeOf = (run: () => unknown): string => {
  try {
    run()
    return 'none'
  } catch (thrown) {
    return isMillraceError(thrown) ? thrown.code : String(thrown)
  }
}

test('it lies in the configuration of the user, by the specification of XDG', () => {
  assert.is(contextFile({ XDG_CONFIG_HOME: '/etc/me' }), '/etc/me/millrace/contexts.json')
  for (const env of [{}, { XDG_CONFIG_HOME: '' }, { XDG_CONFIG_HOME: 'relative' }]) {
    assert.match(contextFile(env), /^\/.*\/\.config\/millrace\/contexts\.json$/)
  }
})

test('what was written is read, and there are none before', () => {
  const file = join(tempDir(), 'deep', 'contexts.json')
  assert.equal(readContexts(file), { current: null, contexts: {} })
  writeContexts(contexts, file)
  assert.equal(readContexts(file), contexts)
})

test('it is for its owner alone, whatever it was before, and nothing is left beside it', () => {
  const file = join(tempDir(), 'contexts.json')
  writeFileSync(file, JSON.stringify(contexts))
  chmodSync(file, 0o644)
  writeContexts(contexts, file)
  assert.is(statSync(file).mode & 0o777, 0o600)
  assert.equal(readdirSync(dirname(file)), ['contexts.json'])
})

test('a file of another shape is refused whole', () => {
  const file = join(tempDir(), 'contexts.json')
  for (const text of [
    ...['', '{', '5', 'null', '{}', '{"contexts":[]}', '{"current":5,"contexts":{}}'],
    ...['{"contexts":{"a":5}}', '{"contexts":{"a":{"broker":5}}}'],
  ]) {
    writeFileSync(file, text)
    assert.is(
      codeOf(() => readContexts(file)),
      'CONTEXTS_UNREADABLE',
      text,
    )
  }
})

test('where it cannot be written, that is said', () => {
  const directory = tempDir()
  const file = join(directory, 'file')
  writeFileSync(file, '')
  assert.is(
    codeOf(() => writeContexts(contexts, join(file, 'contexts.json'))),
    'CONTEXTS_UNWRITABLE',
  )
  mkdirSync(join(directory, 'contexts.json'))
  assert.is(
    codeOf(() => readContexts(join(directory, 'contexts.json'))),
    'CONTEXTS_UNREADABLE',
  )
})

test.run()
