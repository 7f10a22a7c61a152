// Hooks of a worker thread answer by themselves what those of the main thread found out, and leave to Node
// what is none of the user's.

import type { LoadHookContext, ResolveFnOutput, ResolveHookContext } from 'node:module'
import { MessageChannel } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { initialize, load, resolve } from '#runtime/manifest/typescript-hooks'

const USER = 'file:///user/topology.ts'
const OURS = new URL('../../../runtime/manifest/load-definitions.ts', import.meta.url).href

const context = (parentURL: string): ResolveHookContext => ({
  conditions: [],
  importAssertions: {},
  importAttributes: {},
  parentURL,
})
const reading: LoadHookContext = {
  conditions: [],
  format: null,
  importAssertions: {},
  importAttributes: {},
}

const refuse = (): never => {
  throw new Error('nobody is asked')
}

test.before(() => {
  const { port1 } = new MessageChannel()
  port1.unref()
  const text: ResolveFnOutput = { format: 'module', url: 'file:///user/text.ts' }
  void initialize({
    port: port1,
    known: {
      found: new Map([
        [`\n${USER}`, { format: 'module', url: USER }],
        [`${USER}\n./text.ts`, text],
      ]),
      read: new Map([
        [USER, { format: 'module', source: 'export const a = 1' }],
        ['file:///user/plain.js', null],
      ]),
    },
  })
})

test('what was found before is found again, a module of users wherever it is asked for', async () => {
  const found = await resolve('./text.ts', context(USER), refuse)
  assert.equal(found, { format: 'module', url: 'file:///user/text.ts', shortCircuit: true })
  assert.is((await resolve(USER, context(OURS), refuse)).url, USER)
})

test('what was read before is read again, and what Node reads rightly is left to it', async () => {
  const read = await load(USER, reading, refuse)
  assert.equal(read, { format: 'module', source: 'export const a = 1', shortCircuit: true })
  const plain = { format: 'module', source: 'as it is' }
  assert.is(await load('file:///user/plain.js', reading, () => plain), plain)
})

test('what we load ourselves, and what that loads, goes past tsx', async () => {
  const found: ResolveFnOutput = { format: 'module', url: 'file:///packages/tool.js' }
  assert.is(await resolve('tool', context(OURS), () => found), found)
  const deeper: ResolveFnOutput = { format: 'commonjs', url: 'file:///packages/deeper.js' }
  assert.is(await resolve('./deeper.js', context(found.url), () => deeper), deeper)
  const read = { format: 'commonjs', source: null }
  assert.is(await load(deeper.url, reading, () => read as never), read)
})

test.run()
