// Every command against one host, as text and as JSON: what goes in comes out, keys are found wherever
// they are, and help has examples.

import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fromSource, HostProcess, manifestIn, millrace, type Ran } from '../kit/host-process.ts'
import { tempDir } from '../kit/temp-dir.ts'

const wordcount = fileURLToPath(new URL('../examples/wordcount/wordcount.ts', import.meta.url))
const directory = tempDir()
const manifest = manifestIn(directory, {
  ...{ application: 'words', host: 'one', workers: 1, partitions: 2, log: 'error' },
  actors: [{ topology: wordcount }],
})
const host = new HostProcess(manifest)
await host.ready()

async function run(line: string, stdin = ''): Promise<Ran> {
  const ran = await millrace(line.split(' '), stdin, directory)
  assert.is(ran.code, 0, `${line}: ${ran.stderr}`)
  return ran
}

const lines = async (line: string, stdin = ''): Promise<string[]> =>
  (await run(line, stdin)).stdout.split('\n').slice(0, -1)

const json = async (line: string, stdin = '') => JSON.parse((await run(line, stdin)).stdout)

/** Until as many updates are there as were caused. */
const updates = (count: number): Promise<string[]> =>
  lines(`consume word-counts --from-beginning --limit ${count} --value int64`)

test('lines go in, and updates come out as they are made', async () => {
  const produced = await run('produce lines', 'to be or\nnot to be\n')
  assert.is(produced.stderr, '2 records appended to lines\n')
  const found = (await updates(6)).sort()
  assert.equal(found, ['be\t1', 'be\t2', 'not\t1', 'or\t1', 'to\t1', 'to\t2'])
})

test('a store is asked by key, by range, and for what is not there', async () => {
  assert.equal(await lines('query counts be'), ['2'])
  assert.equal(await lines('query counts'), ['be\t2', 'not\t1', 'or\t1', 'to\t2'])
  assert.equal(await lines('query counts --from c --to p --limit 1'), ['not\t1'])
  const { positions, ...answer } = await json('query counts be --json --max-age 0 --timeout 20s')
  assert.equal(answer, { store: 'counts', rows: [{ key: 'be', value: 2 }], lag: 0, ageMs: 0 })
  const [{ topic, partition, offset }] = positions
  assert.equal(await lines(`query counts be --at-least ${topic}/${partition}/${offset}`), ['2'])
  const missing = await millrace(['query', 'counts', 'whale'], '', directory)
  assert.equal([missing.code, missing.stdout], [1, ''])
  assert.match(missing.stderr, "counts has no 'whale'")
  const unknown = await millrace(['query', 'count', 'a', '--json'], '', directory)
  assert.is(JSON.parse(unknown.stderr).error.code, 'STORE_UNKNOWN')
  assert.is(unknown.code, 1)
})

test('records are consumed from where, of which partition and as many as asked', async () => {
  const all = await lines('consume lines --from-beginning --until-end')
  assert.equal(all.sort(), ['~\tnot to be', '~\tto be or'])
  assert.equal(await lines('consume lines --partition 0 --from 0 --limit 1'), ['~\tto be or'])
  assert.equal(await lines('consume lines --from-beginning --limit 0'), [])
  assert.equal(await lines('consume lines --until-end'), [])
  const [record] = await lines('consume lines --partition 1 --from 0 --limit 1 --json')
  const { time, ...rest } = JSON.parse(record ?? '')
  assert.ok(time > 1.6e12)
  const where = { topic: 'lines', partition: 1, offset: 0, headers: {} }
  assert.equal(rest, { ...where, key: null, value: 'not to be' })
  const unknown = await millrace(['consume', 'lines', '--partition', '2'], '', directory)
  assert.match(
    unknown.stderr,
    /has no partition 2\. Its partitions are 0 to 1 \[PARTITION_UNKNOWN\]/,
  )
})

test('a topic that is not there is told with those that are', async () => {
  for (const args of [
    ['consume', 'line'],
    ['produce', 'line'],
    ['topics', 'show', 'line'],
  ]) {
    const { code, stderr } = await millrace(args, '', directory)
    assert.is(code, 1)
    assert.match(stderr, /there is no topic 'line'\. Topics here: .*lines.*\[TOPIC_UNKNOWN\]/)
  }
})

test('keys and values are split, typed, and refused by the number of their line', async () => {
  const produce = ['produce', 'totals', '--create', '--separator', '=', '--value', 'int64']
  await run(produce.join(' '), 'a=1\nb=-2\n')
  const totals = 'consume totals --from-beginning --until-end --value int64'
  assert.equal((await lines(totals)).sort(), ['a\t1', 'b\t-2'])
  const bad = await millrace(produce, 'c=3\nd=four\n', directory)
  assert.is(bad.code, 2)
  assert.match(
    bad.stderr,
    /line 2 cannot become a record: 'four' is not int64.*Nothing was appended/,
  )
  assert.equal((await lines(totals)).length, 2)
})

test('JSON records round trip with key, time, headers and tombstones', async () => {
  const sent = [
    { key: 'k', value: { a: [1] }, time: 5, headers: { from: 'x' } },
    { key: 'k', value: null, time: 6 },
  ]
  const input = sent.map((it) => JSON.stringify(it)).join('\n')
  const options = '--value json'
  const produced = await json(`produce orders --create --format json ${options} --json`, input)
  const [{ partition }] = produced.last
  assert.equal(produced, { topic: 'orders', records: 2, last: [{ partition, offset: 1 }] })
  const consume = `consume orders --from-beginning --until-end ${options} --json`
  const printed = (await lines(consume)).map((it) => JSON.parse(it))
  assert.equal(
    printed.map(({ key, value, time, headers }) => ({ key, value, time, headers })),
    sent.map((it) => ({ headers: {}, ...it })),
  )
  await run(
    `produce copy --create --format json ${options}`,
    printed.map((it) => JSON.stringify(it)).join('\n'),
  )
  const copy = (await lines(consume.replace('orders', 'copy'))).map((it) => JSON.parse(it))
  assert.equal(
    copy.map((it) => ({ ...it, topic: 'orders' })),
    printed,
  )
  for (const line of ['5', 'null', '{"vlaue":1}', '{"key":1}', '{"value":1,"time":"now"}', '{']) {
    const args = ['produce', 'orders', '--format', 'json', '--value', 'json']
    const { code, stderr } = await millrace(args, line, directory)
    assert.is(code, 2, line)
    assert.match(stderr, /line 1 cannot become a record/)
  }
})

test('topics are made, shown, found again and dropped', async () => {
  assert.equal(await lines('topics create shop --partitions 3 --cleanup compact'), ['created shop'])
  assert.equal(await lines('topics create shop --partitions 3 --cleanup compact'), [
    'shop is there already',
  ])
  const other = await millrace(['topics', 'create', 'shop', '--partitions', '4'], '', directory)
  assert.match(other.stderr, /\[TOPIC_MISMATCH\]/)
  const shown = await json('topics show shop --json')
  assert.equal([shown.name, shown.partitions, shown.cleanup], ['shop', 3, 'compact'])
  assert.is((await lines('topics show shop')).length, 4)
  const names = (await json('topics --json')).topics.map(({ name }: { name: string }) => name)
  assert.ok(names.includes('shop') && !names.some((name: string) => name.endsWith('.changelog')))
  const kept = await millrace(['topics', 'drop', 'shop'], '', directory)
  assert.equal([kept.code, kept.stdout], [2, ''])
  assert.match(kept.stderr, /^would drop shop with about 0 records\n.*say --yes/)
  const planned = 'topics resize shop --partitions 5'.split(' ')
  const narrow = await millrace(planned, '', directory)
  assert.equal([narrow.code, narrow.stdout], [2, ''])
  assert.match(narrow.stderr, /^shop would have 5 partitions\nmost keys of shop would go/)
  const asJson = await millrace([...planned, '--json'], '', directory)
  assert.equal([asJson.code, JSON.parse(asJson.stdout).isDone], [2, false])
  assert.equal(await lines('topics resize shop --partitions 5 --yes --reason larger'), [
    'shop has 5 partitions',
  ])
  assert.equal(await lines('topics drop shop --yes --reason rehearsal'), ['dropped shop'])
  const { events } = await json('events --json --limit 2')
  const signed = events.map(({ code, message, reason }: Record<string, string>) => {
    return [code, message, reason]
  })
  assert.equal(signed, [
    ['TOPIC_RESIZED', 'topic shop has 5 partitions', 'larger'],
    ['TOPIC_DROPPED', 'topic shop is dropped', 'rehearsal'],
  ])
  assert.not((await lines('topics')).some((line) => line.startsWith('shop')))
})

test('status, tasks and tree show the application on a screen of 80 columns', async () => {
  const { tasks, hosts, lag, coordinator } = await json('status --json --exit-code')
  assert.equal([tasks, hosts.length, lag, coordinator], [{ running: 4 }, 1, 0, 'one'])
  assert.match((await run('status')).stdout, /^words: 4 tasks \(4 running\), lag 0\n/)
  const { tasks: listed } = await json('tasks --json')
  assert.equal(
    listed.map(({ id, host: its }: { id: string; host: string }) => `${its} ${id}`),
    ['counts/0', 'counts/1', 'lines/0', 'lines/1'].map((id) => `one wordcount/${id}`),
  )
  const { hosts: trees } = await json('tree --json')
  assert.is(trees[0].trees[0].path, 'one')
  const { hosts: members } = await json('hosts --json')
  assert.equal([members[0].id, members[0].state, members[0].tasks], ['one', 'active', 4])
  const { tasks: placed } = await json('rebalance --json')
  assert.ok(placed.every(({ step }: { step: string }) => step === 'settled'))
  const screens = [await run('status'), await run('tasks'), await run('tree'), await run('hosts')]
  for (const { stdout } of screens) {
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colour is what must not be there.
    assert.not.match(stdout, /\u001b/)
  }
})

test('topologies are shown as the host has them: text, graphs of one, JSON', async () => {
  const text = (await run('topology')).stdout
  assert.match(
    text,
    /^Topology: wordcount\n {2}Sub-topology: lines \(tasks: 2\)\n {4}source: lines/,
  )
  assert.is((await run('topology wordcount')).stdout, text)
  assert.match((await run('topology wordcount --format dot')).stdout, /^digraph "wordcount" \{\n/)
  assert.match((await run('topology --format mermaid')).stdout, /^flowchart LR\n/)
  const { topologies } = await json('topology --json')
  assert.equal(topologies[0].tasks, { counts: 2, lines: 2 })
  const stores = topologies[0].subtopologies.flatMap(
    ({ stores: own }: { stores: unknown[] }) => own,
  )
  assert.equal(stores, [{ name: 'counts', kind: 'timestamped' }])
  for (const [line, code, why] of [
    ['topology wordcuont', 1, /Did you mean wordcount\? \[TOPOLOGY_UNKNOWN\]/],
    ['topology --format svg', 2, /Allowed choices are text, dot, mermaid/],
  ] as const) {
    const refused = await millrace(line.split(' '), '', directory)
    assert.equal([refused.code, why.test(refused.stderr)], [code, true], refused.stderr)
  }
})

test('where nothing restores that is said, and is an exit code', async () => {
  const said = 'nothing restores: every task is where it is to be, and every copy is fresh'
  assert.equal(await lines('restore --exit-code'), [said])
  assert.equal(await json('restore --json'), { replays: [], moves: [], unanswered: [] })
  const wrong = await millrace(['restore', 'wordcount'], '', directory)
  assert.equal([wrong.code, /unknown command 'wordcount'/.test(wrong.stderr)], [2, true])
})

/** What a process has loaded when it ends, on its standard error. */
const LOADED = `data:text/javascript,${encodeURIComponent(`
  import { register, createRequire } from 'node:module'
  import { writeSync } from 'node:fs'
  const say = (url) => writeSync(2, 'loaded ' + url + '\\n')
  register('data:text/javascript,' + encodeURIComponent(
    "import { writeSync } from 'node:fs'\\n" +
    "export function load(url, context, next) {" +
    "  writeSync(2, 'loaded ' + url + '\\\\n'); return next(url, context) }"))
  process.on('exit', () => Object.keys(createRequire('/').cache).forEach(say))
`)}`

/** Packages that matter for how long a command takes, of those that it loaded: from source, where they are apart. */
async function heavy(args: readonly string[]): Promise<readonly string[]> {
  const { code, stderr } = await fromSource(args, directory, { NODE_OPTIONS: `--import ${LOADED}` })
  assert.is(code, 0, stderr)
  const all = ['commander', 'yaml', 'zod', 'lmdb', 'protobufjs', 'nats', 'xstate', 'pino', 'hono']
  return all.filter((name) => new RegExp(`^loaded .*/node_modules/${name}/`, 'm').test(stderr))
}

test('on the way to a host that answers there is no schema and no broker', async () => {
  for (const command of ['status', 'tree', 'alerts', 'topology', 'restore']) {
    assert.equal(await heavy([command]), ['commander', 'yaml'], command)
  }
  assert.equal(await heavy(['status', '--broker', 'file:./data']), ['commander'])
  assert.equal(await heavy(['version']), ['commander'])
  assert.equal(await heavy(['query', 'counts', 'be']), ['commander', 'yaml'])
})

test('where no host says beside the records where it is, the map does', async () => {
  const doors = join(directory, 'data', 'doors')
  renameSync(doors, `${doors}.away`)
  assert.is((await json('status --json')).host, 'one')
  assert.ok((await heavy(['status'])).includes('lmdb'))
  renameSync(`${doors}.away`, doors)
})

test('no alert holds where all is well, and that is an exit code too', async () => {
  assert.is((await lines('alerts --exit-code'))[0], 'no alert holds')
  const { alerts, unjudged, unanswered } = await json('alerts --json --exit-code')
  assert.equal([alerts, unanswered], [[], []])
  assert.ok(unjudged.length > 0)
  const wrong = await millrace(['alerts', '--exit-cod'], '', directory)
  assert.is(wrong.code, 2)
  assert.match(wrong.stderr, /unknown option '--exit-cod'\n\(Did you mean --exit-code\?\)/)
})

test('nothing is wrong, and an order is signed', async () => {
  const { isWell, checks } = await json('doctor --json')
  assert.ok(isWell, JSON.stringify(checks))
  const { now } = await json('errors --json --exit-code')
  assert.equal(now, { hosts: [], tasks: [], keys: [] })
  await run('task resume wordcount/lines/0 --yes --reason rehearsal')
})

test('what the other screens show is a document too', async () => {
  const fields = { lag: 'partitions', stores: 'stores', upgrade: 'versions', quarantine: 'keys' }
  const others = { dlq: 'deadLetters', context: 'contexts', version: 'millrace' }
  for (const [line, field] of Object.entries({ ...fields, ...others })) {
    assert.ok(Object.hasOwn(await json(`${line} --json`), field), line)
    assert.ok((await lines(line)).length > 0, line)
  }
})

test('the log is checked while it is in use, and not repaired', async () => {
  const report = await json('log check --json')
  assert.equal([report.isSound, report.problems], [true, []])
  assert.ok(report.records > 0)
  assert.match((await run('log check ./data')).stdout, /is sound: \d+ topics/)
  const repair = await millrace(['log', 'repair', './data', '--yes'], '', directory)
  assert.match(repair.stderr, /\[DIRECTORY_IN_USE\]/)
})

test('the command alone prints its help, and the help of every command has examples', async () => {
  const alone = await run('--help')
  const plain = await millrace([])
  assert.equal([plain.code, plain.stdout], [0, alone.stdout])
  const commands = [
    'host',
    'topics',
    'produce',
    'consume',
    'query',
    'status',
    'tasks',
    'tree',
    'hosts',
    'rebalance',
    'upgrade',
    'top',
    'lag',
    'stores',
    'metrics',
    'reset',
    'log',
    'events',
    'errors',
    'alerts',
    'doctor',
    'version',
    'completion',
    'actors',
    'deadletters',
    'peek',
    'context',
    ...['topology', 'restore', 'trace', 'tell', 'ask', 'quarantine', 'dlq', 'log-level'],
  ]
  const nested = [
    'task restart',
    'task show',
    'host show',
    'context add',
    'tasks move',
    'hosts drain',
    'topics create',
    'log check',
  ]
  for (const name of [...commands, ...nested, 'log repair']) {
    assert.match((await run(`${name} --help`)).stdout, /\nExamples:\n/, name)
  }
  assert.match((await run('--version')).stdout, /^\d+\.\d+\.\d+\n$/)
})

test('the host ends cleanly, and one that starts again replays nothing', async () => {
  await host.signal('SIGTERM')
  assert.is(await host.exit, 0)
  assert.not(existsSync(join(directory, 'data', 'doors', 'words', 'one')))
  const { events } = await json('events --json')
  const codes = events.map(({ code }: { code: string }) => code)
  assert.equal([codes[0], codes.at(-1)], ['HOST_JOINED', 'HOST_LEFT'])
  for (const code of ['COORDINATOR_ELECTED', 'TASKS_PLACED']) assert.ok(codes.includes(code), code)
  const order = events.find(({ code }: { code: string }) => code === 'TASK_ORDERED')
  assert.equal([order.host, order.reason], ['one', 'rehearsal'])
  assert.match(order.by, /@/)
  const again = new HostProcess(join(directory, 'millrace.yaml'))
  await again.ready()
  assert.equal(await lines('query counts be'), ['2'])
  const { tasks } = await json('tasks --json')
  assert.equal(
    tasks.map(({ records }: { records: number }) => records),
    [0, 0, 0, 0],
  )
  const all = 'consume word-counts --from-beginning --until-end --value int64'
  assert.is((await lines(all)).length, 6)
  await again.signal('SIGTERM')
})

test.run()
