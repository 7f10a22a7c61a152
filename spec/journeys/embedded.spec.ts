// A host inside another program: topologies that come and go while it runs, tasks that fail and what
// people tell them, threads that die.

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Host, type HostOptions, host, serde, topic, topology } from 'millrace'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { askAdmin } from '#runtime/admin/admin-client'
import type { TasksDocument } from '#runtime/admin/documents'
import { brokerLocation } from '#runtime/process/broker-location'
import { openBroker } from '#runtime/process/open-broker'
import { RecordWriter } from '#runtime/process/record-writer'
import { codeOf } from '../actors/host/host-world.ts'
import { wordcount } from '../examples/wordcount/wordcount.ts'
import { DOOR, HostProcess, manifestIn, millrace } from '../kit/host-process.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { within } from '../kit/within.ts'

const NEVER_MS = 60_000

const numbers = topic('numbers', { key: serde.string(), value: serde.int32() })
const doubling = topology('doubling', (t) =>
  t
    .stream(numbers)
    .mapValues((n) => n * 2)
    .to(topic('doubled', { key: serde.string(), value: serde.int32() })),
)

class World {
  readonly directory = tempDir()
  readonly data = join(this.directory, 'data')

  start(options: Partial<HostOptions>): Promise<Host> {
    const log = { log() {} }
    return host({ application: 'app', broker: `file:${this.data}`, partitions: 1, log, ...options })
  }

  async append(name: string, ...values: Uint8Array[]): Promise<void> {
    const broker = openBroker(brokerLocation(`file:${this.data}`, '/'))
    const writer = new RecordWriter(broker.producer(), name, 1)
    for (const value of values) writer.add({ key: utf8('k'), value, time: 0, headers: [] })
    await writer.flush()
    await broker.close()
  }

  /** Waits until so many records are in a topic; answers their values. */
  async values(name: string, count: number, serde = 'int32'): Promise<string[]> {
    const args = ['consume', name, '--from-beginning', '--limit', String(count), '--value', serde]
    const { stdout } = await millrace([...args, '--broker', `file:${this.data}`])
    return stdout.trim().split('\n')
  }

  /** A process of its own: threads take over what this one was started with, the runner's part too. */
  async threaded(module: string): Promise<{ host: HostProcess; broker: string }> {
    const facts = { application: 'app', workers: 1, partitions: 1, log: 'error' }
    const host = new HostProcess(
      manifestIn(this.directory, { ...facts, actors: [{ topology: module }] }),
    )
    await host.ready()
    return { host, broker: `file:${this.data}` }
  }

  moduleOf(name: string, lines: readonly string[]): string {
    const path = join(this.directory, name)
    writeFileSync(join(this.directory, 'package.json'), '{"type":"module"}')
    writeFileSync(path, [`import { serde, topic, topology } from '${DOOR}'`, ...lines].join('\n'))
    return path
  }
}

const int32 = (n: number): Uint8Array => Uint8Array.from([0, 0, 0, n])

/** A host here, or the broker of one in another process. */
type Asked = Host | string

async function tasksOf(app: Asked): Promise<TasksDocument> {
  if (typeof app !== 'string') return askAdmin<TasksDocument>(app.socket, '/v1/tasks')
  const { stdout } = await millrace(['tasks', '--json', '--broker', app])
  return JSON.parse(stdout) as TasksDocument // what the command prints
}

/** Asks until the tasks are as `holds` wants. */
async function until(app: Asked, what: string, holds: (tasks: TasksDocument['tasks']) => boolean) {
  const look = async (): Promise<TasksDocument['tasks']> => {
    for (;;) {
      const { tasks } = await tasksOf(app)
      if (holds(tasks)) return tasks
    }
  }
  return within(NEVER_MS, what, look())
}

test('topologies are registered and unregistered while it runs, and leave their state behind', async () => {
  const world = new World()
  {
    await using app = await world.start({ actors: [wordcount] })
    assert.equal(await app.register(doubling), ['doubling'])
    await world.append('numbers', int32(4))
    assert.equal(await world.values('doubled', 1), ['k\t8'])
    await world.append('lines', utf8('to be'))
    assert.equal((await world.values('word-counts', 2, 'int64')).sort(), ['be\t1', 'to\t1'])
    assert.is(await app.query('counts').get('be'), 1)

    await app.unregister('wordcount')
    await until(app, 'one runs', (tasks) => tasks.length === 1)
    assert.is(await codeOf((async () => app.query('counts'))()), 'STORE_UNKNOWN')
    assert.is(await codeOf(app.unregister('wordcount')), 'TOPOLOGY_UNKNOWN')
    assert.is(await codeOf(app.register(doubling)), 'NAME_TAKEN')
    const twice = [codeOf(app.register(wordcount)), codeOf(app.register(wordcount))]
    assert.is((await Promise.all(twice))[1], 'NAME_TAKEN')
    await app.unregister('wordcount')
    await world.append('lines', utf8('be'))
    await app.register(wordcount)
    assert.is((await world.values('word-counts', 3, 'int64')).at(-1), 'be\t2')
    assert.is(await app.query('counts').get('be'), 2)
  }
  await using again = await world.start({ actors: [wordcount], guarantee: 'at-least-once' })
  assert.is(await again.query('counts').get('be'), 2)
  await again.close()
  assert.is(await codeOf(again.unregister('wordcount')), 'CLOSED')
})

test('a host that ended has its state on the disk, whatever becomes of the machine', async () => {
  const world = new World()
  const state = join(world.directory, 'state')
  const marks = (): unknown[] => {
    const found = readdirSync(state, { recursive: true, encoding: 'utf8' })
    const files = found.filter((path) => path.endsWith('millrace.json'))
    return files.map((path) => JSON.parse(readFileSync(join(state, path), 'utf8')).isOpen)
  }
  {
    await using app = await world.start({ actors: [wordcount], state })
    await world.append('lines', utf8('to be'))
    await world.values('word-counts', 2, 'int64')
    assert.equal(marks(), [true])
    await app.unregister('wordcount')
    assert.equal(marks(), [true])
  }
  assert.equal(marks(), [false])
})

test('a host whose directory is removed under it is closed when it says so', async () => {
  const world = new World()
  const app = await world.start({ actors: [wordcount], sessionTimeoutMs: 500 })
  rmSync(world.data, { recursive: true })
  assert.is(await within(NEVER_MS, 'it ends', codeOf(app.ended)), 'DIRECTORY_REPLACED')
  assert.not.ok(existsSync(app.socket))
})

test('what cannot be run leaves nothing behind', async () => {
  const world = new World()
  assert.is(await codeOf(world.start({ actors: ['./none.ts'] })), 'MODULE_MISSING')
  assert.is(await codeOf(world.start({ actors: [wordcount], workers: 1 })), 'MODULE_NEEDED')
  assert.is(await codeOf(world.start({ application: 'a/b' })), 'OPTION_INVALID')
  assert.equal(readdirSync(world.directory), [])
})

test('a plan that is refused has made no topic, and the one before goes on', async () => {
  const world = new World()
  const counting = topology('counting', (t) => {
    const key = { key: serde.string() }
    const counts = t.stream(numbers).groupByKey().count({ store: 'counts' })
    counts.toStream().to(topic('counted', { ...key, value: serde.int64() }))
  })
  const other = topology('counting', (t) => {
    const key = { key: serde.int32() }
    const others = topic('others', { ...key, value: serde.int32() })
    const counts = t.stream(others).groupByKey().count({ store: 'counts' })
    counts.toStream().to(topic('elsewhere', { ...key, value: serde.int64() }))
  })
  await using app = await world.start({ actors: [counting] })
  await app.unregister('counting')
  assert.is(await codeOf(app.register(other)), 'PLAN_INCOMPATIBLE')
  const { stdout } = await millrace(['topics', '--broker', `file:${world.data}`])
  assert.match(stdout, /counted/)
  assert.not.match(stdout, /others|elsewhere/)
  assert.equal(await app.register(counting), ['counting'])
})

test('a quarantined task is skipped over its record, a paused one is resumed, by command', async () => {
  const world = new World()
  await using app = await world.start({ actors: [doubling] })
  const task = 'doubling/numbers/0'
  const tell = async (order: string) => {
    const args = ['task', order, task, '--yes', '--broker', `file:${world.data}`]
    const { code, stderr } = await millrace(args)
    assert.is(code, 0, stderr)
  }
  await world.append('numbers', int32(1), utf8('not four bytes'), int32(3))
  const [ill] = await until(app, 'it is quarantined', ([it]) => it?.state === 'quarantined')
  assert.is(ill?.error?.code, 'RECORD_UNREADABLE')
  const shown = await millrace(['tasks', '--broker', `file:${world.data}`])
  assert.match(shown.stdout, /numbers\/0 offset 1.* \[RECORD_UNREADABLE\]/)
  await tell('skip')
  assert.equal(await world.values('doubled', 2), ['k\t2', 'k\t6'])
  await tell('pause')
  await until(app, 'it is paused', ([it]) => it?.state === 'paused')
  await world.append('numbers', int32(5))
  await tell('resume')
  assert.equal((await world.values('doubled', 3)).at(-1), 'k\t10')
  const typo = ['task', 'restart', 'doubling/number/0', '--yes', '--broker', `file:${world.data}`]
  assert.match((await millrace(typo)).stderr, /\[TASK_UNKNOWN\]/)
})

test('a function that ends the process in a thread is one task that fails', async () => {
  const world = new World()
  const module = world.moduleOf('exits.ts', [
    "const input = topic('in', { value: serde.int32() })",
    "export const exits = topology('exits', (t) => t.stream(input)",
    "  .mapValues((n) => (n === 2 ? process.exit(7) : n), { name: 'leave' })",
    "  .to(topic('out', { value: serde.int32() })))",
  ])
  const { host: thread, broker: app } = await world.threaded(module)
  await world.append('in', int32(1), int32(2))
  const [ill] = await until(app, 'it is quarantined', ([it]) => it?.state === 'quarantined')
  assert.match(ill?.error?.what ?? '', /'leave'.*process\.exit\(7\) was called/)
  await thread.signal('SIGTERM')
})

for (const thrown of ["new Error('nobody catches this')", 'null']) {
  test(`a thread that dies of ${thrown} is replaced, and its tasks go on where they were`, async () => {
    const world = new World()
    const module = world.moduleOf('dies.ts', [
      "import { existsSync, writeFileSync } from 'node:fs'",
      `const flag = ${JSON.stringify(join(world.directory, 'flag'))}`,
      'const fail = () => {',
      "  writeFileSync(flag, '')",
      `  setImmediate(() => { throw ${thrown} })`,
      '}',
      "const input = topic('in', { value: serde.int32() })",
      "export const dies = topology('dies', (t) => t.stream(input)",
      '  .mapValues((n) => {',
      '    if (n === 2 && !existsSync(flag)) fail()',
      '    return n',
      '  })',
      "  .to(topic('out', { value: serde.int32() })))",
    ])
    const { host: thread, broker: app } = await world.threaded(module)
    await world.append('in', int32(1))
    assert.equal(await world.values('out', 1), ['k\t1'])
    const claims = async (): Promise<number> => {
      const [it] = await until(
        app,
        'it runs',
        ([task]) => task?.state.startsWith('running') === true,
      )
      return it?.epoch ?? 0
    }
    const before = await claims()
    await world.append('in', int32(2), int32(3))
    assert.equal(await world.values('out', 3), ['k\t1', 'k\t2', 'k\t3'])
    await until(app, 'another thread has it', ([it]) => (it?.epoch ?? 0) > before)
    await world.append('in', int32(4))
    assert.equal((await world.values('out', 4)).at(-1), 'k\t4')
    await thread.signal('SIGTERM')
  })
}

test.run()
