// What one thread found and read of a TypeScript module is told in full, for others to inherit.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadModule } from '#runtime/manifest/load-definitions'
import { scriptsSoFar } from '#runtime/manifest/typescript'
import { tempDir } from '../../kit/temp-dir.ts'

test('modules that were loaded are told as JavaScript, with what they import and where that is', async () => {
  const directory = tempDir()
  const place = (name: string): string => pathToFileURL(join(directory, name)).href
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
  writeFileSync(join(directory, 'one.ts'), "export { two } from './two.ts'")
  writeFileSync(join(directory, 'two.ts'), 'export const two: number = 2')
  assert.is((await loadModule(join(directory, 'one.ts')))['two'], 2)
  const { found, read } = scriptsSoFar()
  assert.is(found.get(`${place('one.ts')}\n./two.ts`)?.url, place('two.ts'))
  assert.ok([...found.keys()].some((key) => key.endsWith(place('one.ts'))))
  for (const name of ['one.ts', 'two.ts']) assert.is(read.get(place(name))?.format, 'module')
  assert.not.match(String(read.get(place('two.ts'))?.source), /: number/)
})

test.run()
