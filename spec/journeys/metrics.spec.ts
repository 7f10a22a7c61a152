// A host process that answers over HTTP: what Prometheus reads, what a balancer asks, what the command
// line shows, and who may do what.

import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { LagDocument, StoresDocument } from '#runtime/admin/documents'
import { METRICS, type MetricDefinition, seriesOf } from '#runtime/telemetry/metrics'
import { HostProcess, manifestIn, millrace } from '../kit/host-process.ts'
import { familiesIn, type Series } from '../kit/prometheus-text.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { within } from '../kit/within.ts'

const NEVER_MS = 60_000
const TOKEN = 'a token of this host alone'
const wordcount = fileURLToPath(new URL('../examples/wordcount/wordcount.ts', import.meta.url))
const directory = tempDir()
const manifest = manifestIn(directory, {
  ...{ application: 'words', workers: 2, partitions: 2, log: 'error' },
  http: { port: 0 },
  actors: [{ topology: wordcount }],
})
// What is secret need not be in a file.
process.env['MILLRACE_HTTP_TOKEN'] = TOKEN
const host = new HostProcess(manifest, ['--id', 'one'])
const { http: url } = JSON.parse(await host.ready()) as { http: string }

const ask = (path: string, init?: RequestInit): Promise<Response> => fetch(url + path, init)

/** The document at a path, as soon as it is as wanted. */
async function until<T>(read: () => Promise<T>, isWanted: (found: T) => boolean): Promise<T> {
  const found = (async () => {
    for (;;) {
      const seen = await read()
      if (isWanted(seen)) return seen
    }
  })()
  return within(NEVER_MS, 'it is as wanted', found)
}

const read = async (): Promise<readonly Series[]> => {
  const response = await ask('/metrics')
  assert.is(response.status, 200)
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  return familiesIn(await response.text()).flatMap(({ series }) => series)
}

const of = (series: readonly Series[], metric: MetricDefinition, text = ''): readonly Series[] =>
  series.filter(
    ({ name, labels }) => seriesOf(metric).includes(name) && JSON.stringify(labels).includes(text),
  )

const sum = (series: readonly Series[]): number =>
  series.reduce((total, { value }) => total + value, 0)

const json = async <T>(args: string): Promise<T> => {
  const { code, stdout, stderr } = await millrace(args.split(' '), '', directory)
  assert.is(code, 0, stderr)
  return JSON.parse(stdout) as T
}

test('a host that came up is alive, and ready as soon as its tasks run', async () => {
  assert.is((await ask('/alive')).status, 200)
  const ready = await until(
    async () => {
      const response = await ask('/ready')
      return { status: response.status, document: await response.json() }
    },
    ({ status }) => status === 200,
  )
  assert.equal(ready.document, { ready: true, reasons: [] })
})

test('every line is of the format, and tells what the tasks in all threads did', async () => {
  const lines = ['to be or not to be', 'a rose is a rose', 'be'].join('\n')
  assert.is((await millrace(['produce', 'lines'], lines, directory)).code, 0)
  const words = 12
  const series = await until(
    read,
    (seen) => sum(of(seen, METRICS.taskCommitted, 'counts')) >= words,
  )
  assert.is(sum(of(series, METRICS.taskRecordsIn, '/lines/')), 3)
  assert.is(sum(of(series, METRICS.taskRecordsOut, '/lines/')), words)
  assert.is(sum(of(series, METRICS.taskRecordsIn, '/counts/')), words)
  assert.is(sum(of(series, METRICS.taskChanges, '/counts/')) > 0, true)
  assert.equal(
    of(series, METRICS.taskState).map(({ labels }) => labels['state']),
    ['running', 'running', 'running', 'running'],
  )
  assert.is(sum(of(series, METRICS.taskLag)), 0)
  assert.is(sum(of(series, METRICS.topicEnd, '"lines"')), 3)
  const commits = of(series, METRICS.taskCommit).filter(({ name }) => name.endsWith('_count'))
  assert.ok(sum(commits) >= 3)
  // Each of them has a record that came in by `produce`, in the task that split it as in the one that counted.
  for (const task of ['/lines/', '/counts/']) {
    const seen = of(series, METRICS.taskLatency, task).filter(({ name }) => name.endsWith('_count'))
    assert.is(sum(seen), sum(commits.filter(({ labels }) => labels['task']?.includes(task))), task)
  }
  // The main thread's tree, and those of both worker threads.
  assert.is(sum(of(series, METRICS.hostActors, '"task"')), 4)
  assert.equal(
    of(series, METRICS.hostReady).map(({ value }) => value),
    [1],
  )
  assert.is(sum(of(series, METRICS.hostUnanswered)), 0)
  for (const { labels } of series) {
    assert.equal([labels['application'], labels['host']], ['words', 'one'])
  }
})

test('lag and stores are one document, over HTTP and on the command line', async () => {
  const overHttp = (await (await ask('/v1/lag')).json()) as LagDocument
  assert.equal(await json<LagDocument>('lag --json'), overHttp)
  assert.equal([overHttp.lag, overHttp.unknown, overHttp.partitions.length], [0, 0, 4])
  const stores = (await (await ask('/v1/stores')).json()) as StoresDocument
  assert.equal(await json<StoresDocument>('stores --json'), stores)
  assert.equal(
    stores.stores.map(({ store, task, host: its, role }) => `${store} ${task} ${its} ${role}`),
    [0, 1].map((n) => `counts wordcount/counts/${n} one active`),
  )
  const screens = [
    ['lag', /^TOPIC +PART +END +COMMITTED +LAG +TASK +HOST\n/, /\nlag 0 in 4 partitions\n$/],
    ['stores', /^STORE +KIND +ROWS +SIZE +PENDING +TASK +ROLE +HOST\n/, /counts +timestamped /],
  ] as const
  for (const [command, head, foot] of screens) {
    const { stdout, code } = await millrace([command], '', directory)
    assert.is(code, 0)
    assert.match(stdout, head)
    assert.match(stdout, foot)
    for (const line of stdout.split('\n')) assert.ok(line.length <= 100, line)
  }
})

test('an order takes the token; with it, the task obeys', async () => {
  const order = (headers: Record<string, string>, partition = 0): Promise<Response> =>
    ask('/v1/orders', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ task: `wordcount/lines/${partition}`, order: 'pause' }),
    })
  assert.is((await order({})).status, 401)
  assert.is((await order({ authorization: 'Bearer another token of it' })).status, 401)
  assert.is((await ask('/v1/stores/counts')).status, 401)
  const authorization = `Bearer ${TOKEN}`
  for (const n of [0, 1]) assert.is((await order({ authorization }, n)).status, 200)
  const shown = await ask('/v1/stores/counts?key=be', { headers: { authorization } })
  const { rows } = (await shown.json()) as { rows: { value: string }[] }
  assert.equal(
    rows.map(({ value }) => Number(value)),
    [3],
  )
  await until(read, (seen) => of(seen, METRICS.taskState, '"paused"').length === 2)
})

test('what waits behind a paused task is lag, and more than --max is not well', async () => {
  const sent = await millrace(['produce', 'lines'], 'a\nb\nc', directory)
  const { lag } = await json<LagDocument>('lag --json')
  assert.is(sent.code, 0, sent.stderr)
  assert.is(lag, 3)
  const exit = async (max: string) => (await millrace(['lag', '--max', max], '', directory)).code
  assert.equal([await exit('3'), await exit('2'), await exit('many')], [0, 3, 2])
  const { stderr } = await millrace(['lag'], '', directory)
  assert.match(stderr, /^task wordcount\/lines\/0 is paused\ntask wordcount\/lines\/1 is paused$/m)
})

test('a port that is taken is said in a sentence, and nothing stays', async () => {
  const { port } = new URL(url)
  const other = tempDir()
  const temporary = tempDir()
  const its = manifestIn(other, {
    ...{ application: 'words', workers: 0, http: Number(port), log: 'error' },
    actors: [{ topology: wordcount }],
  })
  const { code, stdout, stderr } = await millrace(['host', its], '', other, temporary)
  assert.equal([code, stdout], [1, ''])
  assert.match(
    stderr,
    new RegExp(`^millrace: port ${port} of 127\\.0\\.0\\.1 is taken .*\\[PORT_TAKEN\\]\n$`),
  )
  assert.equal(
    readdirSync(temporary).filter((name) => name.startsWith('millrace-')),
    [],
  )
  const badly = await millrace(['host', its, '--http', 'many'], '', other)
  assert.equal([badly.code, /\[(\w+)\]/.exec(badly.stderr)?.[1]], [2, 'OPTION_INVALID'])
})

test('a host that ended is not alive', async () => {
  await host.signal('SIGTERM')
  assert.is(await host.exit, 0)
  assert.is(
    await ask('/alive').then(
      () => 'alive',
      () => 'gone',
    ),
    'gone',
  )
})

test.run()
