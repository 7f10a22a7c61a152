// Work in a child process: its answer, its error, or how it ended.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { inChild } from '#runtime/cli/in-child'
import { tempDir } from '../../kit/temp-dir.ts'

async function outcome(lines: string): Promise<string> {
  const path = join(tempDir(), 'child.mjs')
  writeFileSync(path, lines)
  try {
    return JSON.stringify(await inChild(pathToFileURL(path), ['a', 'b']))
  } catch (error) {
    return isMillraceError(error) ? `${error.code}: ${error.what}` : String(error)
  }
}

test('the answer comes back, and the child ends', async () => {
  const sent = 'process.send({ value: process.argv.slice(2) }, () => process.disconnect())'
  assert.is(await outcome(sent), '["a","b"]')
})

test('what it refused comes back as it said it', async () => {
  const error = "{ code: 'NO_NO', what: 'it is not' }"
  assert.is(await outcome(`process.send({ error: ${error} })`), 'NO_NO: it is not')
})

test('a child that ends by a signal, a code or an error is told as that', async () => {
  assert.match(await outcome("process.kill(process.pid, 'SIGBUS')"), /CHILD_CRASHED: .* SIGBUS$/)
  assert.match(await outcome('process.exit(3)'), /CHILD_CRASHED: .* code 3$/)
  assert.match(await outcome("throw new Error('oh')"), /CHILD_CRASHED: .* code 1/)
})

test('how far it is comes before the answer, and is none', async () => {
  const path = join(tempDir(), 'child.mjs')
  const end = 'process.send({ value: 1 }, () => process.disconnect())'
  writeFileSync(path, `process.send({ progress: { done: 1, whole: 4 } }); ${end}`)
  const told: number[][] = []
  const value = await inChild(pathToFileURL(path), [], (...at) => void told.push(at))
  assert.equal([value, told], [1, [[1, 4]]])
})

test.run()
