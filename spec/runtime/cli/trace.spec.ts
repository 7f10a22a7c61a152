// An operator follows a task of a real host: messages, states and commits, as lines and as JSON, of the
// actors that were meant and of no others.

import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { TraceRow } from '#runtime/admin/documents'
import { traceLine } from '../../../runtime/cli/trace.ts'
import { HostProcess, manifestIn, millrace, type Ran } from '../../kit/host-process.ts'
import { tempDir } from '../../kit/temp-dir.ts'
import { within } from '../../kit/within.ts'

const NEVER_MS = 60_000
const TASK = 'wordcount/lines/0'
const topology = fileURLToPath(new URL('../../examples/wordcount/wordcount.ts', import.meta.url))
const directory = tempDir()
const host = new HostProcess(
  manifestIn(directory, {
    ...{ application: 'app', host: 'one', workers: 1, partitions: 1, log: 'error' },
    actors: [{ topology }],
  }),
)
await host.ready()

const run = (line: string, stdin = ''): Promise<Ran> => millrace(line.split(' '), stdin, directory)

// A task is known a moment after its host is: when a count was made, all are there.
await run('produce lines', 'be\n')
await run('consume word-counts --from-beginning --limit 1')

/** Produces until the command that follows has seen enough. */
async function whileProducing(followed: Promise<Ran>): Promise<Ran> {
  let isOver = false
  const over = followed.finally(() => {
    isOver = true
  })
  const produced = (async () => {
    while (!isOver) await run('produce lines', 'to be or not\n')
  })()
  const ran = await within(NEVER_MS, 'the trace ends', over)
  await produced
  return ran
}

test('a task is followed: what it takes, where that leads, what it commits, and nobody else', async () => {
  const { code, stdout, stderr } = await whileProducing(run(`trace ${TASK} --limit 12 --json`))
  assert.is(code, 0, stderr)
  const steps: TraceRow[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.is(steps.length, 12)
  const [first] = steps
  assert.equal([...new Set(steps.map(({ actor }) => actor))], [first?.actor ?? ''])
  assert.match(first?.actor ?? '', /worker.*wordcount:lines:0$/)
  assert.equal(first?.host, 'one')
  const commit = steps.find(({ kind }) => kind === 'commit')
  assert.ok(Number(commit?.facts['records']) >= 4 && Number(commit?.facts['bytes']) > 0)
  const moved = steps.find(({ type }) => type === 'chart COMMITTED')
  assert.match(`${moved?.from} ${moved?.to}`, /^running\.committing running\./)
})

test('as text a step is a line, and who is followed is a note', async () => {
  const { code, stdout, stderr } = await whileProducing(run(`trace wordcount --limit 3`))
  assert.equal([code, stderr.split('\n')[0]], [0, 'following 2 actors'])
  const lines = stdout.trim().split('\n')
  assert.is(lines.length, 3)
  for (const line of lines) assert.match(line, /^\d\d:\d\d:\d\d\.\d{3} {2}one\/\S+wordcount:/)
  const bare = { atMs: 0, actor: 'one/a', waiting: 2, host: 'one' }
  const message = { kind: 'message', type: 'chart DUE', from: 'x', to: 'y', ms: 0.123, facts: {} }
  assert.is(
    traceLine({ ...bare, ...message }),
    '00:00:00.000  one/a  chart DUE  x → y  0.12 ms  2 waiting',
  )
  const commit = { kind: 'commit', type: null, from: 'x', to: 'x', ms: null, facts: { records: 3 } }
  assert.is(
    traceLine({ ...bare, ...commit, waiting: 0 }),
    '00:00:00.000  one/a  commit  x  records=3',
  )
})

test('who means nobody, or samples nothing, is refused at once', async () => {
  const nobody = await run('trace wordcount/lines/7')
  assert.equal([nobody.code, /\[ACTOR_UNKNOWN\]/.test(nobody.stderr)], [1, true])
  const nothing = await run(`trace ${TASK} --sample 0`)
  assert.equal([nothing.code, /--sample takes 1 or more/.test(nothing.stderr)], [2, true])
})

test.after(() => host.signal('SIGTERM'))
test.run()
