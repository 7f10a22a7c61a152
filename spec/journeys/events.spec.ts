// A task that fails in a worker thread of a host that is killed: who comes afterwards reads what happened,
// and what went wrong, while no host runs.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { DOOR, HostProcess, manifestIn, millrace } from '../kit/host-process.ts'
import { tempDir } from '../kit/temp-dir.ts'

const directory = tempDir()
const lines = [
  `import { serde, topic, topology } from '${DOOR}'`,
  'const broken = (v: string): string => { throw new Error(v) }',
  "export const bad = topology('bad', (t) => void",
  "  t.stream(topic('lines', { value: serde.string() })).mapValues(broken).to(topic('out')))",
]
writeFileSync(join(directory, 'bad.ts'), lines.join('\n'))
writeFileSync(join(directory, 'package.json'), '{"type":"module"}')

async function ran(line: string, stdin = ''): Promise<string> {
  const { code, stdout, stderr } = await millrace(line.split(' '), stdin, directory)
  assert.is(code, 0, `${line}: ${stderr}`)
  return stdout
}

test('what a host that was killed told of its tasks is read while no host runs', async () => {
  const host = new HostProcess(
    manifestIn(directory, {
      ...{ application: 'app', host: 'one', workers: 1, partitions: 1, log: 'error' },
      actors: [{ topology: './bad.ts' }],
    }),
  )
  await host.ready()
  await ran('produce lines', 'boom\n')
  for (;;) {
    const { events } = JSON.parse(await ran('events --kind TASK_QUARANTINED --json'))
    if (events.length > 0) break
    assert.is(host.child.exitCode, null, 'the host runs')
  }
  await host.signal('SIGKILL')
  const { now, lately } = JSON.parse(await ran('errors --json'))
  assert.is(now, null)
  const failed = lately.find(({ code }: { code: string }) => code === 'TASK_FAILED')
  assert.equal([failed.count, failed.hosts], [3, ['one']])
  assert.match(failed.message, /bad\/lines\/0: .*boom/)
})

test.run()
