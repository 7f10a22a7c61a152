// The verbs of operators and the commands that look closely, against one host, as text and as JSON: what
// they say is so, what needs consent does nothing without it, and what was done is an event.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type {
  ActorsDocument,
  DeadLettersDocument,
  HostDocument,
  LogLevelDocument,
  OrdersDocument,
  PeekDocument,
  TaskDocument,
} from '#runtime/admin/documents'
import { HostProcess, manifestIn, millrace, type Ran } from '../kit/host-process.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { within } from '../kit/within.ts'

const NEVER_MS = 60_000
const TASK = 'wordcount/counts/0'
const wordcount = fileURLToPath(new URL('../examples/wordcount/wordcount.ts', import.meta.url))
const directory = tempDir()
const manifest = manifestIn(directory, {
  ...{ application: 'words', host: 'one', workers: 1, partitions: 2, log: 'error', zone: 'east' },
  actors: [{ topology: wordcount }],
})
const host = new HostProcess(manifest)
await host.ready()

/** Whatever the exit code is. */
const tried = (line: string, stdin = ''): Promise<Ran> =>
  millrace(line.split(' '), stdin, directory)

async function run(line: string, stdin = ''): Promise<Ran> {
  const ran = await tried(line, stdin)
  assert.is(ran.code, 0, `${line}: ${ran.stderr}`)
  return ran
}

const json = async <T>(line: string): Promise<T> => JSON.parse((await run(line)).stdout) as T // by the line

const shown = (): Promise<TaskDocument> => json<TaskDocument>(`task show ${TASK} --json`)

/** Looks until the task is as `holds` wants. */
function until(what: string, holds: (task: TaskDocument) => boolean): Promise<TaskDocument> {
  const look = async (): Promise<TaskDocument> => {
    for (;;) {
      const task = await shown()
      if (holds(task)) return task
    }
  }
  return within(NEVER_MS, what, look())
}

const isIn = (state: string) => (task: TaskDocument) =>
  task.active?.state.split('.')[0] === state && task.active.error === null

const counts = async (): Promise<string> => (await run('query counts')).stdout

await run('produce lines', 'to be or not\nto be\n')
await run('consume word-counts --from-beginning --limit 6 --value int64')
const COUNTED = 'be\t2\nnot\t1\nor\t1\nto\t2\n'

test('a task is shown whole, and one that there is not is refused', async () => {
  const { stdout } = await run(`task show ${TASK}`)
  assert.match(
    stdout,
    /^task {8}wordcount\/counts\/0\nstate {7}running.idle\nhost {8}one, worker 0/,
  )
  assert.match(stdout, /why here {4}one is where placement \d+ wants it/)
  assert.match(stdout, /words\.wordcount\.counts\.repartition +0 +\d+ +\d+ +0/)
  assert.match(stdout, /counts +timestamped .* active +one/)
  const { place, active, partitions, history } = await shown()
  assert.equal(
    history?.commits.map(({ changes }) => changes > 0),
    history?.commits.map(() => true),
  )
  assert.ok((history?.commits.length ?? 0) > 0)
  assert.equal(
    history?.turns.map(({ state }) => state.split('.')[0]),
    ['claiming', 'restoring', 'starting', 'running'],
  )
  assert.match(stdout, /\nCOMMITTED +TOOK +RECORDS +BYTES +CHANGES\n\d{4}-/)
  assert.match(stdout, /\nBECAME +STATE +BY\n.* claiming +OPENED\n/)
  assert.equal([place?.step, active?.host, partitions.length], ['settled', 'one', 1])
  const unknown = await tried('task show wordcount/counts/9')
  assert.is(unknown.code, 1)
  assert.match(unknown.stderr, '[TASK_UNKNOWN]')
})

test('without --yes an order is only planned: exit code 2, and the task is as it was', async () => {
  for (const order of ['pause', 'restart', 'quarantine', 'reset']) {
    const planned = await tried(`task ${order} wordcount/counts/*`)
    assert.equal([planned.code, planned.stdout], [2, ''])
    assert.match(planned.stderr, `would ${order} 2 tasks:\n  ${TASK} on one, running`)
    const asJson = await tried(`task ${order} ${TASK} --json`)
    assert.is(asJson.code, 2)
    const document: OrdersDocument = JSON.parse(asJson.stdout)
    assert.equal(document, { order, isDone: false, tasks: [{ task: TASK, error: null }] })
  }
  assert.ok(isIn('running')(await shown()))
})

test('a task is paused and goes on', async () => {
  const told = await json<OrdersDocument>(`task pause ${TASK} --yes --json`)
  assert.equal(told, { order: 'pause', isDone: true, tasks: [{ task: TASK, error: null }] })
  await until('it is paused', isIn('paused'))
  assert.is((await run(`task resume ${TASK} --yes`)).stdout, `told ${TASK} to resume\n`)
  await until('it runs', isIn('running'))
})

test('a restart opens the task anew in place: another claim, the same counts', async () => {
  const before = (await shown()).active?.epoch ?? 0
  await run(`task restart --topology wordcount --yes`)
  await until('it runs again', (task) => isIn('running')(task) && task.active?.epoch !== before)
  assert.is(await counts(), COUNTED)
})

test('a reset throws its stores away and rebuilds them from the log: the same counts', async () => {
  const before = (await shown()).active?.epoch ?? 0
  await run(`task reset ${TASK} --yes --reason rehearsal`)
  const after = await until(
    'it runs again',
    (task) => isIn('running')(task) && task.active?.epoch !== before,
  )
  // Everything was replayed: what it had on disk is gone.
  assert.is(after.active?.restoredFrom, 0)
  assert.ok((after.active?.restored ?? 0) > 0)
  assert.is(await counts(), COUNTED)
  const order = after.events.findLast(({ code }) => code === 'TASK_ORDERED')
  assert.equal([order?.facts['order'], order?.reason], ['reset', 'rehearsal'])
})

test('a task put into quarantine waits there, says why, and goes on by a restart', async () => {
  await run(`task quarantine ${TASK} --yes`)
  const { active } = await until('it waits', (task) => task.active?.state === 'quarantined')
  assert.is(active?.error?.code, 'TASK_PARKED')
  const alarmed = await tried('alerts --exit-code')
  assert.is(alarmed.code, 3)
  assert.match(
    alarmed.stdout,
    /^2 hold, 1 of them fire\n.*\nMillraceTaskQuarantined +critical +firing/,
  )
  assert.match(alarmed.stdout, `\nMillraceTaskQuarantined: millrace tasks says`)
  const nothing = await tried(`task skip ${TASK} --yes`)
  assert.match(nothing.stderr, '[NOTHING_TO_SKIP]')
  assert.match((await run('errors')).stdout, /wordcount\/counts\/0 on one +quarantined/)
  // The word it had before.
  await run(`tasks retry ${TASK} --yes`)
  await until('it runs', isIn('running'))
})

test.after(() => host.signal('SIGTERM'))
test('actors are listed flat, sorted and filtered, and their dead letters are counted', async () => {
  const { actors } = await json<ActorsDocument>('actors --kind task --sort taken --json')
  const paths = actors.map(({ path }) => path.split('/').at(-1))
  assert.equal([...paths].sort(), [
    ...['counts:0', 'counts:1', 'lines:0', 'lines:1'].map((name) => `wordcount:${name}`),
  ])
  const taken = actors.map((actor) => actor.taken ?? 0)
  assert.equal(
    taken,
    [...taken].sort((a, b) => b - a),
  )
  assert.match((await run('actors --top 3')).stdout, /^ACTOR +KIND +STATE +MAILBOX .*\none +system/)
  const letters = await json<DeadLettersDocument>('deadletters --json')
  assert.equal(
    letters.hosts.map(({ host: id, threads }) => [id, threads.length]),
    [['one', 2]],
  )
  assert.match((await run('deadletters')).stdout, /\none +worker 0 +\d/)
})

test('a host is shown whole, below host and below hosts', async () => {
  const { host: row, facts, tasks } = await json<HostDocument>('host show one --json')
  assert.equal([row.zone, row.tasks, tasks.length], ['east', 4, 4])
  assert.equal(
    facts?.threads.map(({ worker }) => worker),
    [null, 0],
  )
  assert.is(facts?.pid, host.child.pid)
  assert.match((await run('hosts show one')).stdout, /^host {8}one of words, which coordinates\n/)
  const unknown = await tried('host show two')
  assert.match(unknown.stderr, '[HOST_UNKNOWN]')
  assert.is(JSON.parse((await run('host undrain one --json')).stdout).host, 'one')
})

test('a host drains when that was said twice, and takes part again: both are events', async () => {
  const planned = await tried('hosts drain one')
  assert.equal([planned.code, planned.stdout], [2, ''])
  assert.match(planned.stderr, /^would drain one\none drains: others get 4 tasks/)
  await run('hosts drain one --yes --reason rehearsal')
  await run('host undrain one --yes')
  await run('rebalance freeze --yes')
  await run('rebalance unfreeze --yes')
  const { stdout } = await run('rebalance history --json')
  const events: { code: string; reason: string | null }[] = JSON.parse(stdout).events
  const deeds = events.filter(({ code }) => /DRAIN|FREEZE/.test(code))
  assert.equal(
    deeds.map(({ code, reason }) => [code, reason]),
    [
      ['DRAIN', 'rehearsal'],
      ['UNDRAIN', null],
      ['FREEZE', null],
      ['UNFREEZE', null],
    ],
  )
  assert.ok(events.some(({ code }) => code === 'TASKS_PLACED'))
  assert.match((await run('rebalance history')).stdout, /placement \d+: 4 tasks, \d move/)
  assert.match((await run(`rebalance explain ${TASK}`)).stdout, /is on one: one is where it should/)
  const simulated = JSON.parse((await run('rebalance simulate --with 1 --json')).stdout)
  assert.equal([simulated.moves.length, simulated.with], [2, ['new-1']])
})

test('a context leads there from anywhere', async () => {
  await run(`context add words --broker file:${join(directory, 'data')} --host one`)
  const elsewhere = tempDir()
  const config = { XDG_CONFIG_HOME: join(directory, '.config') }
  const lines = (await millrace(['status', '--context', 'words'], '', elsewhere, undefined, config))
    .stdout
  assert.match(lines, /^words: 4 tasks/)
  await run('context use words')
  const used = await millrace(['status', '--json'], '', elsewhere, undefined, config)
  assert.is(JSON.parse(used.stdout).application, 'words')
})

test('records are looked at as the topology reads them, and nothing moves', async () => {
  const before = (await shown()).partitions
  const { records, ...rest } = await json<PeekDocument>('peek word-counts --last 1 --json')
  assert.equal(rest, { topic: 'word-counts', key: 'string', value: 'int64' })
  assert.equal(
    records.map(({ partition }) => partition),
    [0, 1],
  )
  const lines = await run('peek lines --first 1 --partition 0')
  assert.match(
    lines.stdout,
    /^PART +OFFSET +TIME +KEY +VALUE +HEADERS\n0 +0 +\d{4}-.*Z +~ +to be or not\n$/,
  )
  const told = await json<PeekDocument>('peek word-counts --value bytes --json')
  assert.equal([told.value, told.records.length], ['bytes', 6])
  assert.equal((await shown()).partitions, before)
  const unknown = await tried('peek nowhere')
  assert.equal([unknown.code, /\[TOPIC_UNKNOWN\]/.test(unknown.stderr)], [1, true])
})

test('consume reads a topic as the topology of a host does, unless it is told otherwise', async () => {
  const consume = 'consume word-counts --from-beginning --until-end'
  const sorted = async (line: string) => (await run(line)).stdout.split('\n').sort()
  assert.equal(await sorted(consume), await sorted(`${consume} --key string --value int64`))
  assert.not.equal(await sorted(`${consume} --value bytes`), await sorted(consume))
})

test('a record that is still to come is passed over when it comes, and no other one', async () => {
  const input = 'lines/0'
  const { active } = await json<TaskDocument>('task show wordcount/lines/0 --json')
  const next = active?.positions.find(({ topic }) => topic === 'lines')?.position ?? 0
  const skip = `task skip wordcount/lines/0 --offset ${input}`
  const planned = await tried(`${skip}/${next + 1}`)
  assert.equal([planned.code, planned.stdout], [2, ''])
  assert.match(planned.stderr, `passes over ${input} offset ${next + 1}, for good`)
  await run(`${skip}/${next + 1} --yes --reason rotten`)
  const { events } = JSON.parse((await run('events --kind TASK_ORDERED --json')).stdout)
  assert.equal([events.at(-1).facts.at, events.at(-1).reason], [`${input}/${next + 1}`, 'rotten'])
  const words = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6']
  await run('produce lines', `${words.join('\n')}\n`)
  const { stdout } = await run(`consume lines --partition 0 --from ${next + 1} --limit 1 --json`)
  const rotten: string = JSON.parse(stdout).value
  const kept = words.filter((word) => word !== rotten)
  assert.is(kept.length, 5)
  for (;;) {
    const counted = await counts()
    if (kept.every((word) => counted.includes(`${word}\t1\n`))) break
  }
  assert.not.ok((await counts()).includes(rotten))

  const passed = await tried(`${skip}/0 --yes`)
  assert.equal([passed.code, /\[OFFSET_PASSED\]/.test(passed.stderr)], [1, true])
  for (const [line, why] of [
    ['task skip wordcount/lines/0 --offset 7 --yes', /takes topic\/partition\/offset/],
    ['task skip wordcount/lines/0 --offset other/0/7 --yes', /reads no other\/0/],
    [`task skip wordcount/lines/* --offset ${input}/900 --yes`, /is of one task/],
  ] as const) {
    const refused = await tried(line)
    assert.equal([refused.code, why.test(refused.stderr)], [2, true], refused.stderr)
  }
})

test('every verb says as JSON what it did, and before that it did nothing', async () => {
  const verbs: readonly (readonly [line: string, done: object])[] = [
    ['rebalance freeze', { isFrozen: true }],
    ['rebalance unfreeze', { isFrozen: false }],
    ['host drain one', { host: 'one', wish: 'draining', drainBy: null, isEmpty: false }],
    ['host undrain one', { host: 'one', wish: null }],
    ['host fence one', { host: 'one', wish: 'fenced' }],
    ['host unfence one', { host: 'one', wish: null }],
  ]
  for (const [line, done] of verbs) {
    const planned = await tried(`${line} --json`)
    assert.equal([planned.code, JSON.parse(planned.stdout).isDone], [2, false], line)
    assert.equal(await json(`${line} --yes --json`), { ...done, isDone: true }, line)
  }
  await until('it runs again', isIn('running'))
  for (const order of ['pause', 'resume', 'restart', 'reset', 'quarantine', 'restart']) {
    const { order: given, tasks } = await json<OrdersDocument>(`task ${order} ${TASK} --yes --json`)
    assert.equal([given, tasks.map(({ task, error }) => [task, error])], [order, [[TASK, null]]])
  }
  const { hosts } = await json<LogLevelDocument>('log-level debug --json')
  assert.equal(
    hosts.map(({ level }) => level),
    ['debug'],
  )
  await until('it runs again', isIn('running'))
})

test.run()
