// A manifest is read whole or refused with the file, the line, the field and what was expected.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { readManifest, readPlace } from '#runtime/manifest/read-manifest'
import { tempDir } from '../../kit/temp-dir.ts'

const GOOD = ['application: words', 'broker: file:./data', 'actors:', '  - topology: ./a.ts']

function fileOf(lines: readonly string[], name = 'millrace.yaml'): string {
  const path = join(tempDir(), name)
  writeFileSync(path, lines.join('\n'))
  return path
}

/** The code, and what is said of each problem, the file left out. */
async function refusal(
  path: string,
  read: (path: string) => Promise<unknown> = readManifest,
): Promise<string[]> {
  try {
    await read(path)
  } catch (error) {
    if (!isMillraceError(error)) throw error
    const [, ...problems] = error.what.split('\n  ')
    return [error.code, ...problems.map((it) => it.replace(path, ''))]
  }
  throw new Error('it was read')
}

test('a manifest says what it says, and where it lies', async () => {
  const path = fileOf([...GOOD, 'workers: 2', 'guarantee: at-least-once'])
  const { manifest, file, directory } = await readManifest(path)
  assert.is(file, path)
  assert.ok(path.startsWith(directory))
  assert.equal(manifest, {
    application: 'words',
    broker: 'file:./data',
    actors: [{ topology: './a.ts' }],
    workers: 2,
    guarantee: 'at-least-once',
  })
})

test('a module is a manifest by its default export', async () => {
  const text =
    "export default { application: 'a', broker: { file: 'd' }, actors: [{ topology: 'b' }] }"
  const { manifest } = await readManifest(fileOf([text], 'manifest.mjs'))
  assert.equal(manifest.broker, { file: 'd' })
  const typed = `const name: string = 'a'\n${text.replace("'a'", 'name')}`
  assert.is((await readManifest(fileOf([typed], 'manifest.ts'))).manifest.application, 'a')
  assert.equal(await refusal(fileOf(['export const a = 1'], 'manifest.mjs')), [
    'MANIFEST_INVALID',
    " 'default export' is missing",
  ])
})

const cases: readonly (readonly [law: string, lines: readonly string[], told: RegExp])[] = [
  [
    'an unknown field is told at its name, with the fields there are',
    [...GOOD, 'worker: 2'],
    /^:5:1 'worker' is not a field of a manifest; known: application, broker, .*workers/,
  ],
  [
    'an unknown field of an actor is told with the fields of actors',
    [...GOOD, '    name: x'],
    /^:5:5 'actors\[0\]\.name' is not a field of an actor; known: topology, actor$/,
  ],
  [
    'a value of another type is told with what was expected',
    [...GOOD, 'workers: two'],
    /^:5:1 'workers' expected number, received string$/,
  ],
  ['a number out of bounds', [...GOOD, 'partitions: 0'], /^:5:1 'partitions' .*>=1/],
  [
    'a choice that is none',
    [...GOOD, 'guarantee: maybe'],
    /^:5:1 'guarantee' .*"exactly-once"\|"at/,
  ],
  [
    'a field that is missing is told where it belongs',
    GOOD.slice(1),
    /^:1:1 'application' is missing; it is a string/,
  ],
  ['no actors', [...GOOD.slice(0, 2), 'actors: []'], /^:3:1 'actors' .*>=1/],
  [
    'a broker of a kind there is not',
    ['application: a', 'broker: kafka://x', ...GOOD.slice(2)],
    /^:2:1 'broker' a broker begins with 'file:' and a directory/,
  ],
  [
    'a field of a broker that is not one',
    ['application: a', 'broker: { file: d, sync: no }', ...GOOD.slice(2)],
    /^:2:20 'broker.sync' is not a field of a broker; known: file, durability/,
  ],
  ['a port there is not', [...GOOD, 'http: 70000'], /^:5:1 'http' takes a port from 0 to 65535$/],
  [
    'a port that is a word',
    [...GOOD, 'http: yes please'],
    /^:5:1 'http' takes a port, or the fields 'port', 'address' and 'token'$/,
  ],
  [
    'a field of http that is not one',
    [...GOOD, 'http: { port: 1, adress: localhost }'],
    /^:5:18 'http\.adress' is not a field of 'http'; known: port, address, token$/,
  ],
  [
    'a token that can be guessed',
    [...GOOD, 'http: { port: 1, token: secret }'],
    /^:5:18 'http\.token' takes at least 16 characters$/,
  ],
  ['a name with a slash', ['application: a/b', ...GOOD.slice(1)], /^:1:1 'application' takes a-z/],
  ['a name of dots', ['application: ..', ...GOOD.slice(1)], /^:1:1 'application' takes a-z/],
  ['YAML that is none', ['application: [a', ...GOOD.slice(1)], /^:\d:\d+ /],
  ['a field said twice', [...GOOD, 'application: b'], /^:5:1 Map keys must be unique/],
  ['an empty file', [''], /expected object, received null/],
]

for (const [law, lines, told] of cases) {
  test(`refused: ${law}`, async () => {
    const [code, problem = ''] = await refusal(fileOf(lines))
    assert.is(code, 'MANIFEST_INVALID')
    assert.match(problem, told)
  })
}

test('everything that is wrong is told at once', async () => {
  const lines = ['application: a b', 'broker: x', 'actors: []', 'work: 1']
  const [, ...problems] = await refusal(fileOf(lines))
  assert.is(problems.length, 4)
})

test('a file that is not there, or is none, is told as that', async () => {
  assert.equal(await refusal(join(tempDir(), 'none.yaml')), ['MANIFEST_MISSING'])
  const [code, problem] = await refusal(tempDir())
  assert.is(code, 'MANIFEST_INVALID')
  assert.match(problem ?? '', /cannot be read: EISDIR/)
})

test('a command that speaks to hosts is told their place, whatever is wrong elsewhere', async () => {
  const { manifest, directory } = await readPlace(fileOf([...GOOD, 'state: ./s', 'workers: many']))
  assert.equal(
    [manifest.application, manifest.broker, manifest.state],
    ['words', 'file:./data', './s'],
  )
  assert.ok(directory.startsWith('/'))
})

test('a place that is not plain is held to the schema: the same is read, and the same is refused', async () => {
  const fields = [GOOD[0] ?? '', 'broker: { file: ./data }', ...GOOD.slice(2)]
  assert.equal((await readPlace(fileOf(fields))).manifest.broker, { file: './data' })
  const dotted = ['application: a.b', ...GOOD.slice(1)]
  assert.is((await readPlace(fileOf(dotted))).manifest.application, 'a.b')
  const wrong: readonly (readonly string[])[] = [
    ['application: 5', ...GOOD.slice(1)],
    ['application: a b', ...GOOD.slice(1)],
    GOOD.slice(1),
    [GOOD[0] ?? '', 'broker: data', ...GOOD.slice(2)],
    [...GOOD, 'state: 5'],
    // What is taken for its default would be another place.
    [...GOOD, 'sate: ./s'],
    ['application: [', ...GOOD.slice(1)],
    ['- a'],
  ]
  for (const lines of wrong) {
    const path = fileOf(lines)
    assert.equal(await refusal(path, readPlace), await refusal(path), lines.join('; '))
  }
})

test.run()
