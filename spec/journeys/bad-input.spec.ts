// What people get wrong: one clear sentence with a stable code on standard error, an exit code that is
// not zero, and nothing written or left behind.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { brokerLocation } from '#runtime/process/broker-location'
import { openBroker } from '#runtime/process/open-broker'
import { COMMAND, DOOR, HostProcess, manifestIn, millrace, type Ran } from '../kit/host-process.ts'
import { tempDir } from '../kit/temp-dir.ts'

const wordcount = fileURLToPath(new URL('../examples/wordcount/wordcount.ts', import.meta.url))
const GOOD = { application: 'words', workers: 0, log: 'error', actors: [{ topology: wordcount }] }

/** Directories that hosts keep their sockets in. */
const sockets = (temporary: string): string[] =>
  readdirSync(temporary).filter((name) => name.startsWith('millrace-'))

/** The code at the end of the sentence. */
const codeIn = ({ stderr }: Ran): string => /\[([A-Z_]+)\]\s*$/.exec(stderr)?.[1] ?? stderr

function refuses(ran: Ran, code: string, exit = 1): void {
  assert.is(codeIn(ran), code, ran.stderr)
  assert.is(ran.code, exit, ran.stderr)
  assert.is(ran.stdout, '')
  assert.not.match(ran.stderr, /\n\s+at /)
}

interface BadManifest {
  readonly law: string
  readonly code: string
  readonly says: RegExp
  readonly exit?: number
  /** What is in the directory, by name. */
  readonly files: Readonly<Record<string, string>>
  readonly args?: readonly string[]
}

const yaml = (change: object): string =>
  JSON.stringify({ broker: 'file:./data', ...GOOD, ...change })
const module = (text: string) => ({
  ...{ 'package.json': '{"type":"module"}', 'a.ts': text },
  'millrace.yaml': yaml({ actors: [{ topology: './a.ts' }] }),
})

const manifests: readonly BadManifest[] = [
  {
    law: 'an unknown field of the manifest, at its line',
    code: 'MANIFEST_INVALID',
    exit: 2,
    says: /millrace\.yaml:4:1 'wokers' is not a field of a manifest; known: .*workers/,
    files: {
      'millrace.yaml': 'application: a\nbroker: file:./data\nactors: [topology: a]\nwokers: 2',
    },
  },
  {
    law: 'YAML that is none, at its line',
    code: 'MANIFEST_INVALID',
    exit: 2,
    says: /millrace\.yaml:\d+:\d+ /,
    files: { 'millrace.yaml': 'application: [a\nbroker: file:./data' },
  },
  {
    law: 'a module that is not there, by its path',
    code: 'MODULE_MISSING',
    says: /no module .*none\.ts/,
    files: { 'millrace.yaml': yaml({ actors: [{ topology: './none.ts' }] }) },
  },
  {
    law: 'a module that throws, with what it threw',
    code: 'MODULE_BROKEN',
    says: /a\.ts cannot be loaded: no database here/,
    files: module("throw new Error('no database here')"),
  },
  {
    law: 'a module that exports nothing to run',
    code: 'MODULE_EMPTY',
    says: /a\.ts exports nothing that a host can run/,
    files: module('export const a = 1'),
  },
  {
    law: 'a count of workers that is none',
    code: 'OPTION_INVALID',
    says: /--workers takes a number from 0 to 256, not 'x'/,
    exit: 2,
    files: { 'millrace.yaml': yaml({}) },
    args: ['--workers', 'x'],
  },
  {
    law: 'a host id that is no name',
    code: 'OPTION_INVALID',
    says: /'a\/b' cannot be the host id/,
    exit: 2,
    files: { 'millrace.yaml': yaml({}) },
    args: ['--id', 'a/b'],
  },
  {
    law: 'a server that nobody answers at, after the wait that was asked for',
    code: 'BROKER_AWAY',
    says: /no NATS server answered at 127\.0\.0\.1:1 within/,
    files: { 'millrace.yaml': yaml({ broker: { nats: 'nats://127.0.0.1:1', waitMs: 300 } }) },
  },
  {
    law: 'a directory that cannot be made',
    code: 'DIRECTORY_UNWRITABLE',
    says: /cannot be used: .*ENOTDIR/,
    files: { file: '', 'millrace.yaml': yaml({ broker: 'file:./file/data' }) },
  },
  {
    law: 'a directory in a file system that makes none',
    code: 'DIRECTORY_UNWRITABLE',
    says: /cannot be used: .*\/proc\/millrace\/data/,
    files: { 'millrace.yaml': yaml({ broker: 'file:/proc/millrace/data' }) },
  },
]

for (const { law, code, says, exit, files, args = [] } of manifests) {
  test(`millrace host refuses ${law}`, async () => {
    const directory = tempDir()
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
    // Of its own, so that what other processes leave is not seen here.
    const temporary = tempDir()
    const ran = await millrace(['host', 'millrace.yaml', ...args], '', directory, temporary)
    refuses(ran, code, exit)
    assert.match(ran.stderr, says)
    assert.equal(readdirSync(directory).sort(), Object.keys(files).sort())
    assert.equal(sockets(temporary), [])
  })
}

test('millrace host refuses a manifest that is not there', async () => {
  const directory = tempDir()
  refuses(await millrace(['host'], '', directory), 'MANIFEST_MISSING', 2)
  assert.equal(readdirSync(directory), [])
})

test('millrace host refuses a directory of another program or version, and leaves it as it is', async () => {
  const foreign = { 'data.mdb': 'something else' }
  const newer = { 'millrace.json': '{"format":"millrace log 9"}' }
  for (const [name, content] of Object.entries({ foreign, newer })) {
    const directory = tempDir()
    mkdirSync(join(directory, 'data'))
    for (const [file, text] of Object.entries(content)) {
      writeFileSync(join(directory, 'data', file), text)
    }
    refuses(await millrace(['host', manifestIn(directory, GOOD)]), 'DIRECTORY_FORMAT')
    assert.equal(readdirSync(join(directory, 'data')), Object.keys(content), name)
  }
})

test('a topic of another partition count is refused, nobody runs, and nothing is left behind', async () => {
  const directory = tempDir()
  const module = join(directory, 'wide.ts')
  const lines = [
    `import { topic, topology } from '${DOOR}'`,
    "export const wide = topology('wide', (t) => void t.stream(topic('lines', { partitions: 3 })))",
  ]
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
  writeFileSync(module, lines.join('\n'))
  const broker = openBroker(brokerLocation('file:data', directory))
  await broker.topics.ensure({ name: 'lines', partitions: 2 })
  const ran = await millrace([
    'host',
    manifestIn(directory, { ...GOOD, actors: [{ topology: module }] }),
  ])
  refuses(ran, 'TOPIC_MISMATCH')
  assert.match(ran.stderr, /topic 'lines' exists with 2 partitions/)
  const topics = (await broker.topics.list()).map(({ name }) => name)
  assert.equal(topics, ['lines'], 'nothing is left behind')
  assert.equal([...(await broker.keys.list('words/')).keys()], [])
  await broker.close()
})

test('a second host with the id of a living one is refused, and the first goes on', async () => {
  const directory = tempDir()
  const manifest = manifestIn(directory, { ...GOOD, host: 'one', sessionTimeoutMs: 1000 })
  const first = new HostProcess(manifest)
  await first.ready()
  const ran = await millrace(['host', manifest])
  refuses(ran, 'HOST_ID_TAKEN')
  assert.match(ran.stderr, /another process runs as host 'one'/)
  const status = await millrace(['status', '--json'], '', directory)
  assert.equal(JSON.parse(status.stdout).hosts.length, 1)
  await first.signal('SIGTERM')
})

test('commands refuse a broker that is not there, and make none', async () => {
  const directory = tempDir()
  const none = join(directory, 'none')
  for (const args of [
    ['topics'],
    ['produce', 'lines'],
    ['consume', 'lines'],
    ['status'],
    ['log', 'check'],
  ]) {
    refuses(await millrace([...args, '--broker', `file:${none}`]), 'BROKER_MISSING')
    assert.not(existsSync(none), args.join(' '))
  }
  // A directory that is no broker does not become one.
  refuses(await millrace(['topics', '--broker', `file:${directory}`]), 'BROKER_MISSING')
  assert.equal(readdirSync(directory), [])
  refuses(await millrace(['topics', '--broker', 'kafka://x']), 'BROKER_UNKNOWN', 2)
  refuses(await millrace(['topics'], '', directory), 'BROKER_UNNAMED', 2)
})

test('commands that ask a host refuse where none is running', async () => {
  const directory = tempDir()
  await openBroker(brokerLocation('file:data', directory)).close()
  const broker = ['--broker', `file:${join(directory, 'data')}`]
  for (const args of [['status'], ['query', 'counts', 'a'], ['tasks'], ['tree']]) {
    const ran = await millrace([...args, ...broker])
    refuses(ran, 'HOST_AWAY')
    assert.match(ran.stderr, /no host is running\. Start one with/)
  }
})

test('every command ends, with the code of it, where a server takes the connection and says nothing', async () => {
  const silent = createServer()
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = silent.address() as AddressInfo // of a server that listens
    const directory = tempDir()
    const broker = { nats: `nats://127.0.0.1:${port}`, waitMs: 300 }
    writeFileSync(join(directory, 'millrace.yaml'), yaml({ broker }))
    for (const args of [['status'], ['query', 'counts', 'whale'], ['topics']]) {
      refuses(await millrace(args, '', directory), 'BROKER_AWAY')
    }
  } finally {
    silent.close()
  }
})

test('a typo gets a suggestion and exit code 2', async () => {
  const typos: readonly (readonly [args: string[], suggestion: string])[] = [
    [['statsu'], 'status'],
    [['status', '--jsno'], '--json'],
    [['tasks', 'resum', 'a'], 'resume'],
    [['topics', 'creat', 'a'], 'create'],
    [['hosts', 'shwo', 'one'], 'show'],
    [['host', 'drian', 'one'], 'drain'],
    [['host', 'shwo'], 'show'],
  ]
  for (const [args, suggestion] of typos) {
    const ran = await millrace(args)
    assert.is(ran.code, 2)
    assert.match(ran.stderr, `(Did you mean ${suggestion}?)`)
  }
  const { code, stderr } = await millrace(['statsu', '--json'])
  const { error } = JSON.parse(stderr)
  assert.equal([code, error.code], [2, 'USAGE'])
})

test('a command that is said wrongly names its own help, and its words where none is like it', async () => {
  const option = await millrace(['task', 'move', 'a', '--unto', 'b'])
  assert.equal(
    [option.code, option.stderr.split('\n').at(-2)],
    [2, '(millrace tasks move --help shows what it takes)'],
  )
  refuses(await millrace(['context', 'ls']), 'USAGE', 2)
  const { stderr } = await millrace(['context', 'ls'])
  assert.match(stderr, "unknown command 'ls'. It is one of list, add, use, show, remove [USAGE]")
})

test('what is wrong with an option is said before anything is opened', async () => {
  const broker = ['--broker', 'file:none']
  const wrong: readonly (readonly [args: string[], code: string])[] = [
    [['consume', 'a', '--key', 'strnig'], 'SERDE_UNKNOWN'],
    [['consume', 'a', '--limit', 'all'], 'OPTION_INVALID'],
    [['consume', 'a', '--from', '3'], 'OPTION_INVALID'],
    [['produce', 'a', '--format', 'xml'], 'OPTION_INVALID'],
    [['topics', 'create', 'a', '--cleanup', 'never'], 'OPTION_INVALID'],
    [['query', 'a', '--limit', '-1'], 'OPTION_INVALID'],
    [['events', '--since', 'yesterday'], 'DURATION_INVALID'],
    [['ask', 'a', 'k', '1', '--timeout', 'soon'], 'DURATION_INVALID'],
  ]
  for (const [args, code] of wrong) refuses(await millrace([...args, ...broker]), code, 2)
})

test('an answer that cannot be written to its end is told, and is a failure', async () => {
  const argv = ['-c', '"$0" "$1" version > /dev/full', process.execPath, COMMAND]
  const { status, stderr } = spawnSync('sh', argv, { encoding: 'utf8' })
  assert.is(status, 1)
  assert.match(stderr, /cannot be written to standard output: ENOSPC.*\[OUTPUT_UNWRITABLE\]\n$/)
})

test('errors are JSON where JSON was asked for', async () => {
  const ran = await millrace(['topics', '--json', '--broker', 'file:none'])
  assert.is(ran.code, 1)
  const { error } = JSON.parse(ran.stderr)
  assert.is(error.code, 'BROKER_MISSING')
  assert.match(error.what, /no broker in/)
  assert.match(error.hint, /millrace host/)
})

test.run()
