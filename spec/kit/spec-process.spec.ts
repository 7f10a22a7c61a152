// The runner is believed by everybody, so it must be able to say no: every way in which a spec file can
// fail, and one in which it holds.

import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compileSpecs } from './compile-specs.ts'
import { runSpec, type SpecResult } from './spec-process.ts'
import { tempDir } from './temp-dir.ts'
import { within } from './within.ts'

const NEVER_MS = 60_000

const root = new URL('../../', import.meta.url)

async function running(...lines: readonly string[]): Promise<SpecResult> {
  const directory = tempDir()
  const file = join(directory, 'a.spec.mts')
  const imports = "import { test, suite } from 'uvu'"
  writeFileSync(file, [imports, ...lines].join('\n'))
  const [module = ''] = (await compileSpecs([file], directory)).values()
  return runSpec(file, module, root)
}

test('laws that hold are told by their titles, with the name of their suite', async () => {
  const result = await running(
    "test('one', () => {})",
    "test('two', async () => {})",
    'test.run()',
    "const named = suite('named')",
    "named('three', () => {})",
    'named.run()',
  )
  assert.equal(
    result.passed.map(({ title }) => title),
    ['one', 'two', 'named: three'],
  )
  assert.equal(result.failed, [])
})

test('a law that throws or rejects fails, with what it said, and the others run', async () => {
  const result = await running(
    "test('throws', () => { throw new Error('the reason') })",
    "test('rejects', async () => { throw new Error('another reason') })",
    "test('holds', () => {})",
    'test.run()',
  )
  assert.equal(result.failed, ['throws', 'rejects'])
  assert.equal(
    result.passed.map(({ title }) => title),
    ['holds'],
  )
  assert.match(result.output, /the reason/)
  assert.match(result.output, /another reason/)
})

test('a skipped law is told with its title', async () => {
  const result = await running(
    "test('holds', () => {})",
    "test.skip('later (the reason)', () => {})",
    'test.run()',
  )
  assert.equal(result.skipped, ['later (the reason)'])
  assert.equal(result.failed, [])
})

test('a file that has no laws, or never runs them, fails', async () => {
  assert.match(String((await running('')).failed), /has no laws/)
  assert.match(String((await running("test('one', () => {})")).failed), /1 of its laws never ran/)
})

test('a file that cannot be loaded fails', async () => {
  const result = await running("throw new Error('no')")
  assert.is(result.failed.length, 1)
})

test('a promise that never settles and a process that leaves early end a file early', async () => {
  const lines = ["test('two', () => {})", 'test.run()']
  const never = await running("test('one', () => new Promise(() => {}))", ...lines)
  assert.match(String(never.failed), /2 of its laws never ran/)
  const left = await running("test('one', () => process.exit(0))", ...lines)
  assert.match(String(left.failed), /2 of its laws never ran/)
})

test('an error after the last law fails the file', async () => {
  const result = await running(
    "test('one', () => {})",
    "test.after(() => setImmediate(() => Promise.reject(new Error('late'))))",
    'test.run()',
  )
  assert.match(String(result.failed), /ended with code 1 although its laws held/)
})

test('a law left out because of another one marked as the only one fails the file', async () => {
  const result = await running("test('one', () => {})", "test.only('two', () => {})", 'test.run()')
  assert.match(String(result.failed), /1 of its laws never ran/)
})

test('processes that a spec left running are ended, and what it left that is temporary is removed', async () => {
  const socket = join(tempDir(), 'socket')
  const server = createServer().listen(socket)
  const ended = once(server, 'connection').then(([left]) => once(left as Socket, 'close'))
  const stay = `require('net').connect('${socket}', () => console.log(1))`
  const { output, failed } = await running(
    "import { spawn } from 'node:child_process'",
    "import { once } from 'node:events'",
    "import { writeFileSync } from 'node:fs'",
    "import { tmpdir } from 'node:os'",
    "test('one', async () => {",
    `  const left = spawn(process.execPath, ['-e', ${JSON.stringify(stay)}])`,
    "  await once(left.stdout, 'data')",
    '  for (const stream of left.stdio) stream.destroy()',
    '  left.unref()',
    "  writeFileSync(tmpdir() + '/left', '')",
    "  console.log('temporary: ' + tmpdir())",
    '})',
    'test.run()',
  )
  assert.equal(failed, [])
  const [, temporary = ''] = /temporary: (\S+)/.exec(output) ?? []
  assert.is.not(temporary, '')
  assert.is(existsSync(temporary), false)
  await within(NEVER_MS, 'who was left ends', ended)
  server.close()
})

test.run()
