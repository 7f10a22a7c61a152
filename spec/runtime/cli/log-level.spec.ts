// An operator turns the log of a running host up and down: its worker threads say more at once, who did it
// is an event, and a host that starts again has forgotten it.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { DOOR, HostProcess, manifestIn, millrace } from '../../kit/host-process.ts'
import { tempDir } from '../../kit/temp-dir.ts'

const directory = tempDir()
const program = [
  `import { serde, topic, topology } from '${DOOR}'`,
  'const broken = (v: string): string => { throw new Error(v) }',
  "export const bad = topology('bad', (t) => void",
  "  t.stream(topic('lines', { value: serde.string() })).mapValues(broken).to(topic('out')))",
]
writeFileSync(join(directory, 'bad.ts'), program.join('\n'))
writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
const manifest = manifestIn(directory, {
  ...{ application: 'app', host: 'one', workers: 1, partitions: 1, log: 'error' },
  actors: [{ topology: './bad.ts' }],
})

async function ran(line: string, stdin = ''): Promise<string> {
  const { code, stdout, stderr } = await millrace(line.split(' '), stdin, directory)
  assert.is(code, 0, `${line}: ${stderr}`)
  return stdout
}

const levels = async (line: string): Promise<unknown> =>
  JSON.parse(await ran(`${line} --json`)).hosts

test('a thread says what it did not say, as soon as it is told to, until the host ends', async () => {
  const host = new HostProcess(manifest)
  await host.ready()
  assert.equal(await levels('log-level'), [
    { host: 'one', level: 'error', initial: 'error', actors: [] },
  ])
  const set = [{ host: 'one', level: 'debug', initial: 'error', actors: [] }]
  assert.equal(await levels('log-level debug --reason why-not'), set)
  await ran('produce lines', 'boom\n')
  // The thread tells of the task; that it fails is a warning, and no error.
  await host.says('TASK_FAILED')
  const { events } = JSON.parse(await ran('events --kind LOG_LEVEL_SET --json'))
  assert.equal([events[0].facts.level, events[0].reason], ['debug', 'why-not'])
  assert.match(events[0].by, /.@./)
  await host.signal('SIGTERM')

  const again = new HostProcess(manifest)
  await again.ready()
  assert.equal(await levels('log-level'), [
    { host: 'one', level: 'error', initial: 'error', actors: [] },
  ])
  const loud = await millrace(['log-level', 'loud'], '', directory)
  assert.equal([loud.code, /log-level takes debug or info/.test(loud.stderr)], [2, true])
  const { code, stderr } = await millrace(['log-level', 'warn', '--host', 'two'], '', directory)
  assert.equal([code, /Say one of one .*HOST_AWAY/s.test(stderr)], [1, true])
  await again.signal('SIGTERM')
})

test('a task says what its host does not, until it is told to be as its host', async () => {
  const host = new HostProcess(manifest)
  await host.ready()
  // Without it the task fails in silence.
  const set = await levels('log-level warn --actor bad')
  const own = [{ actor: 'bad', level: 'warn' }]
  assert.equal(set, [{ host: 'one', level: 'error', initial: 'error', actors: own }])
  assert.match(await ran('log-level'), /\none +bad +warn +-\n/)
  await ran('task restart --topology bad --yes')
  await host.says('TASK_FAILED')
  await ran('log-level unset --actor bad')
  assert.equal(await levels('log-level'), [
    { host: 'one', level: 'error', initial: 'error', actors: [] },
  ])
  for (const [line, why] of [
    ['log-level unset', /log-level takes debug or info/],
    ['log-level --actor bad', /--actor takes a level/],
  ] as const) {
    const { code, stderr } = await millrace(line.split(' '), '', directory)
    assert.equal([code, why.test(stderr)], [2, true], stderr)
  }
  await host.signal('SIGTERM')
})

test.run()
