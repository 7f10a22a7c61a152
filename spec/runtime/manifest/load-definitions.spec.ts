// Modules that export topologies are found out by looking; others are refused with the reason.

import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { isDefinition, loadDefinitions, modulePath } from '#runtime/manifest/load-definitions'
import { wordcount } from '../../examples/wordcount/wordcount.ts'
import { tempDir } from '../../kit/temp-dir.ts'

const DSL = `import { topic, topology } from ${JSON.stringify(new URL('../../../runtime/index.ts', import.meta.url).href)}`
const define = (name: string) => `topology('${name}', (t) => void t.stream(topic('in')))`

function moduleOf(lines: readonly string[], name = 'a.ts'): string {
  const path = join(tempDir(), name)
  writeFileSync(path, lines.join('\n'))
  return path
}

async function refusal(path: string): Promise<readonly [code: string, what: string]> {
  try {
    await loadDefinitions(path)
  } catch (error) {
    if (isMillraceError(error)) return [error.code, error.what]
    throw error
  }
  throw new Error('it was loaded')
}

test('every topology a module exports is found, a default export that has a name too once', async () => {
  const lines = [DSL, `export const b = ${define('b')}`, `export const a = ${define('a')}`]
  const path = moduleOf([...lines, 'export const other: number = 1', 'export default a'])
  const names = (await loadDefinitions(path)).map(({ name }) => name)
  assert.equal(names.sort(), ['a', 'b'])
})

test('a module that is not there, throws, does not parse or exports no topology is refused', async () => {
  assert.is((await refusal(join(tempDir(), 'a.ts')))[0], 'MODULE_MISSING')
  const [code, what] = await refusal(moduleOf(["throw new TypeError('no database')"]))
  assert.is(code, 'MODULE_BROKEN')
  assert.match(what, 'cannot be loaded: no database')
  assert.is((await refusal(moduleOf(['const = 1'])))[0], 'MODULE_BROKEN')
  assert.is((await refusal(moduleOf(["import 'not-installed'"])))[0], 'MODULE_BROKEN')
  assert.is((await refusal(moduleOf(['export const a = 1'])))[0], 'MODULE_EMPTY')
})

test('what a topology itself refuses is told as it says it', async () => {
  const path = moduleOf([DSL, "export const a = topology('not a name', () => {})"])
  assert.is((await refusal(path))[0], 'NAME_INVALID')
})

test('JavaScript modules need nothing', async () => {
  const path = moduleOf([DSL, `export const a = ${define('a')}`], 'a.mjs')
  assert.is((await loadDefinitions(path)).length, 1)
})

test('a definition is told by its looks', () => {
  assert.ok(isDefinition(wordcount))
  for (const value of [null, 1, 'topology', {}, { kind: 'topology' }])
    assert.not(isDefinition(value))
})

test('modules are named by path or URL, and are absolute afterwards', () => {
  assert.is(modulePath('./a.ts'), resolve('a.ts'))
  assert.is(modulePath(pathToFileURL('/x/a b.ts')), '/x/a b.ts')
  assert.is(modulePath('file:///x/a.ts'), '/x/a.ts')
})

test.run()
