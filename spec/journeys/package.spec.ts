// The package as others get it: built, packed, unpacked into the node_modules of an empty folder with
// its dependencies and nothing else, and run by plain node from a TypeScript topology with two threads.

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bundle } from '../bundle.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { within } from '../kit/within.ts'

const NEVER_MS = 60_000
const root = fileURLToPath(new URL('../../', import.meta.url))
// npm holds the file to its shape.
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
  bin: { millrace: string }
  exports: Record<string, string | { types: string; default: string }>
}

interface Installed {
  /** Of the program that uses it. */
  readonly directory: string
  /** Packages that the built files have inside. */
  readonly inside: readonly string[]
}

/** Builds, packs and unpacks. */
async function installed(): Promise<Installed> {
  const run = (command: string, args: readonly string[], cwd: string): string =>
    execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const directory = tempDir()
  run(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'runtime/console/client'],
    root,
  )
  const inside = await bundle()
  run('npm', ['pack', '--ignore-scripts', '--pack-destination', directory], root)
  run('sh', ['-c', 'tar -xzf millrace-*.tgz'], directory)
  const modules = join(directory, 'node_modules')
  mkdirSync(modules)
  run('mv', ['package', join(modules, 'millrace')], directory)
  // Its dependencies as npm would put them beside it; what a program has not asked for is not there.
  for (const name of Object.keys(manifest.dependencies)) {
    const target = join(modules, name)
    mkdirSync(dirname(target), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), target, 'dir')
  }
  return { directory, inside }
}

const { directory, inside } = await installed()
const command = join(directory, 'node_modules/millrace', manifest.bin.millrace)

async function millrace(args: readonly string[], stdin = ''): Promise<string> {
  const child = spawn(process.execPath, [command, ...args], { cwd: directory, stdio: 'pipe' })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += String(chunk)
    })
  }
  child.stdin.end(stdin)
  const [code] = await within(NEVER_MS, args.join(' '), once(child, 'close'))
  assert.is(code, 0, output)
  return output
}

writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
// No package.json says that it is a module.
mkdirSync(join(directory, 'topologies'))
writeFileSync(join(directory, 'topologies/package.json'), '{}')
writeFileSync(
  join(directory, 'topologies/copying.ts'),
  [
    "import { serde, topic, topology } from 'millrace'",
    'const prefix: string = "got "',
    "export const copying = topology('copying', (t) => t.stream(topic('in', { value: serde.string() }))",
    "  .mapValues((text) => prefix + text).to(topic('out', { value: serde.string() })))",
  ].join('\n'),
)
const settings = ['application: a', 'broker: file:./data', 'workers: 2', 'partitions: 2', 'http: 0']
const actors = 'actors: [{ topology: ./topologies/copying.ts }]'
writeFileSync(join(directory, 'millrace.yaml'), [...settings, 'log: error', actors].join('\n'))

test('a host of the package runs TypeScript in two threads, whatever package.json calls it, and ends cleanly', async () => {
  const stdio = ['ignore', 'pipe', 'inherit'] as const
  const host = spawn(process.execPath, [command, 'host'], { cwd: directory, stdio: [...stdio] })
  try {
    const lines = createInterface({ input: host.stdout })
    const address = new Promise<string>((resolve) => {
      lines.on('line', (line) => {
        const [, found] = /^metrics at (.+)\/metrics$/.exec(line) ?? []
        if (found !== undefined) resolve(found)
      })
    })
    const ended = once(host, 'exit').then(() => 'nowhere')
    const http = await within(NEVER_MS, 'the host is up', Promise.race([address, ended]))
    await millrace(['produce', 'in'], 'a\nb\n')
    const out = await millrace(['consume', 'out', '--from-beginning', '--limit', '2'])
    assert.equal(out.trim().split('\n').sort(), ['~\tgot a', '~\tgot b'])
    assert.match(await millrace(['status']), /a: 2 tasks \(2 running\)/)
    for (const path of ['', 'main.mjs', 'pages.mjs', 'morphdom.mjs', 'console.css']) {
      const part = await fetch(`${http}/console/${path}`)
      assert.is(part.status, 200, path)
      assert.ok((await part.text()).length > 100, path)
    }
    assert.match(await millrace(['log', 'check', './data']), /is sound/)
  } finally {
    host.kill('SIGTERM')
  }
  const [code] =
    host.exitCode === null ? await within(NEVER_MS, 'the end', once(host, 'exit')) : [0]
  assert.is(code, 0)
})

test('its doors resolve from JavaScript, the testkit too', () => {
  const program = [
    "import { serde, topic, topology } from 'millrace'",
    "import { testkit } from 'millrace/testkit'",
    "import { serde as again } from 'millrace/serdes'",
    "const input = topic('in', { value: serde.string() })",
    "const output = topic('out', { value: again.string() })",
    "const t = await testkit(topology('t', (b) => b.stream(input).to(output)))",
    "t.topic(input).send({ value: 'x' })",
    'await t.settle()',
    'console.log(t.topic(output).takeValues()[0][1])',
  ]
  writeFileSync(join(directory, 'program.js'), program.join('\n'))
  const options = { cwd: directory, encoding: 'utf8' } as const
  assert.is(execFileSync(process.execPath, ['program.js'], options).trim(), 'x')
})

test('what the built files have inside is named with its license, and is never what programs bring', () => {
  const folder = dirname(command)
  const licenses = readFileSync(join(folder, 'LICENSES.txt'), 'utf8')
  assert.ok(inside.includes('zod') && inside.includes('@hono/node-server'), inside.join())
  for (const name of inside) {
    assert.match(licenses, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+, [A-Z]`, 'm'))
    assert.not(['xstate', 'lmdb', '@opentelemetry/api'].includes(name), name)
  }
})

test('every door has its types and its code where the package says', () => {
  const doors = Object.values(manifest.exports).filter((door) => typeof door === 'object')
  assert.is(doors.length, 3)
  for (const { types, default: code } of doors) {
    for (const path of [types, code]) {
      assert.ok(existsSync(join(directory, 'node_modules/millrace', path)), path)
    }
  }
})

test('strict TypeScript finds every type it needs, and no more than that was packed', () => {
  const program = [
    "import { client, host, serde, topic, topology } from 'millrace'",
    "import { testkit } from 'millrace/testkit'",
    "const input = topic('in', { key: serde.string(), value: serde.int32() })",
    "export const t = topology('t', (b) => b.stream(input).mapValues((n) => n + 1).to(input))",
    "const broker = await client({ broker: 'file:./data' })",
    "await broker.send(input, { key: 'a', value: 1 })",
    '// @ts-expect-error the key is missing',
    'await broker.send(input, { value: 1 })',
    '// @ts-expect-error it is no number',
    "await broker.send(input, { key: 'a', value: 'b' })",
    'for await (const { value } of broker.read(input)) value.toFixed()',
    'export { host, testkit }',
  ]
  writeFileSync(join(directory, 'strict.ts'), program.join('\n'))
  const flags = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--types',
    'node',
  ]
  const types = join(directory, 'node_modules/@types')
  if (!existsSync(types)) symlinkSync(join(root, 'node_modules/@types'), types, 'dir')
  const options = { cwd: directory, encoding: 'utf8' } as const
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, ...flags, 'strict.ts'], options)
  assert.is(stdout, '')
  const packed = readdirSync(join(directory, 'node_modules/millrace'), { recursive: true }).map(
    String,
  )
  assert.equal(
    packed.filter((it) => /\.(map|tsbuildinfo)$|^dist\/spec/.test(it)),
    [],
  )
})

test.run()
