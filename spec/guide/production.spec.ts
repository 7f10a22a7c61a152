// The files of chapter 18 that only an operator's machine runs whole: a unit, an image, a composition. What they
// name is there, and each part that can be run without them is.

import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { readManifest } from '#runtime/manifest/read-manifest'
import { natsProgram } from '../kit/nats-programs.ts'
import { tempDir } from '../kit/temp-dir.ts'

const chapter = readFileSync(new URL('18-in-production.md', import.meta.url), 'utf8')
const root = fileURLToPath(new URL('../../', import.meta.url))
const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly engines: { readonly node: string }
}

/** A file that the chapter writes. */
function file(name: string): string {
  const found = chapter.match(new RegExp(`^# file: ${name}\\n(.*?)^\`\`\`$`, 'ms'))
  assert.ok(found?.[1] !== undefined, name)
  return found[1]
}

/** What a line of the image says, line by line. */
const said = (word: string): string[] =>
  [...file('Dockerfile').matchAll(new RegExp(`^${word} (.*)$`, 'gm'))].map(([, it = '']) => it)

interface Composition {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, unknown>>
}

interface Service {
  readonly image?: string
  readonly build?: string
  readonly command: readonly string[]
  readonly volumes: readonly string[]
  readonly depends_on?: readonly string[]
  readonly stop_grace_period?: string
}

const composed = (text: string): Composition => parse(text, { merge: true }) // by the shape above
const services = composed(file('compose.yaml'))
const hosts = Object.entries(services.services).filter(([, { build }]) => build !== undefined)
const [workdir = ''] = said('WORKDIR')
const entry = JSON.parse(said('ENTRYPOINT')[0] ?? '') as readonly string[]

const help = execFileSync(
  process.execPath,
  [
    '--import',
    'tsx',
    '--conditions=source',
    join(root, 'runtime/cli/millrace.ts'),
    'host',
    'run',
    '--help',
  ],
  { cwd: root, encoding: 'utf8' },
)

/** Words that begin with a dash are options of `millrace host run`, which `host` alone is. */
function known(words: readonly string[]): void {
  for (const word of words.filter((it) => it.startsWith('--'))) {
    assert.match(help, new RegExp(`^ +(-\\w, )?${word}\\b`, 'm'), word)
  }
}

test('the image has every file that it starts with, on a Node that is new enough, and its user may write its state', async () => {
  const [, major = '0'] = /^node:(\d+)-slim$/.exec(said('FROM')[0] ?? '') ?? []
  assert.ok(Number(major) >= Number(/\d+/.exec(own.engines.node)?.[0]))
  const copied = said('COPY').flatMap((it) => it.split(' ').slice(0, -1))
  for (const name of copied) {
    assert.ok(
      name.startsWith('package') || new RegExp(`^(#|//) file: ${name}$`, 'm').test(chapter),
      name,
    )
  }
  const [program, command, manifest = ''] = entry
  assert.equal([program, command], ['node_modules/.bin/millrace', 'host'])
  assert.ok(copied.includes(manifest))
  const directory = tempDir()
  const path = join(directory, manifest)
  writeFileSync(path, file(manifest))
  const { state } = (await readManifest(path)).manifest
  const at = String(state).replace(directory, '').replace(/^\W+/, '')
  const [user = ''] = said('USER')
  assert.ok(said('RUN').includes(`mkdir ${at} && chown ${user}:${user} ${at}`), at)
  for (const [, { volumes }] of hosts) assert.ok(volumes[0]?.endsWith(`:${workdir}/${at}`))
})

test('a composition parses, its hosts take options that there are, and its volumes and services are there', () => {
  assert.is(hosts.length, 2)
  const ids = hosts.map(([, { command }]) => command.join(' '))
  assert.is(new Set(ids).size, hosts.length)
  for (const { services: all, volumes } of [
    services,
    composed(readFileSync(join(root, 'compose.yaml'), 'utf8')),
  ]) {
    for (const service of Object.values(all)) {
      if (service.build !== undefined) known(service.command)
      for (const it of service.depends_on ?? []) assert.ok(Object.hasOwn(all, it), it)
      for (const it of service.volumes)
        assert.ok(Object.hasOwn(volumes, it.split(':')[0] ?? ''), it)
    }
  }
  const { broker } = parse(file('container.yaml')) as { broker: string }
  assert.ok(Object.hasOwn(services.services, new URL(broker).hostname))
})

test('a host has longer to end than the default of ten seconds, in each of them', () => {
  for (const [, { stop_grace_period: grace }] of hosts)
    assert.ok(Number.parseInt(grace ?? '', 10) >= 30)
  const [, unit] = /^TimeoutStopSec=(\d+)$/m.exec(file('millrace.service')) ?? []
  assert.ok(Number(unit) >= 30)
})

test('the health check is well while the host answers, and not when nobody does', async () => {
  const check = /HEALTHCHECK .*CMD (\[.*\])/.exec(file('Dockerfile'))?.[1] ?? ''
  const [, flag = '', program = ''] = JSON.parse(check) as readonly string[]
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/alive' ? 200 : 404
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on a port
  const exit = (): Promise<number> =>
    new Promise((resolve) => {
      const child = execFile(process.execPath, [flag, program.replace(':9470', `:${port}`)])
      child.once('exit', (code) => resolve(code ?? -1))
    })
  assert.is(await exit(), 0)
  await new Promise((resolve) => server.close(resolve))
  assert.is(await exit(), 1)
})

test('the unit takes options that there are, and systemd finds nothing wrong with it', () => {
  const unit = file('millrace.service')
  const [, line = ''] = /^ExecStart=(.*)$/m.exec(unit) ?? []
  const [program = '', ...words] = line.split(' ')
  assert.ok(program.endsWith('/node_modules/.bin/millrace'))
  known(words)
  if (!existsSync('/usr/bin/systemd-analyze')) return
  const path = join(tempDir(), 'millrace.service')
  writeFileSync(path, unit.replace(program, process.execPath))
  execFileSync('systemd-analyze', ['verify', path], { stdio: 'pipe' })
})

test('a NATS server takes what the compositions give it', () => {
  const program = natsProgram()
  if (program === null) return
  const flags = execFileSync(program, ['--help'], { encoding: 'utf8' })
  for (const text of [file('compose.yaml'), readFileSync(join(root, 'compose.yaml'), 'utf8')]) {
    const { command = [], volumes = [] } = composed(text).services['nats'] ?? {}
    assert.ok(command.includes('--jetstream'))
    for (const word of command.filter((it) => it.startsWith('-'))) {
      assert.match(flags, new RegExp(`${word}\\b`), word)
    }
    // What it keeps is on the volume.
    assert.is(command[command.indexOf('--store_dir') + 1], volumes[0]?.split(':')[1])
  }
})

test.run()
