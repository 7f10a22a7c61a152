// The command, on a group of which no host runs, on a manifest that is broken, and where there is no broker:
// what is wrong is named, and the exit code tells.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { DoctorDocument } from '#runtime/cli/documents'
import { GroupOnPaper } from '../../kit/group-on-paper.ts'
import { millrace } from '../../kit/host-process.ts'
import { tempDir } from '../../kit/temp-dir.ts'

const resultsOf = (stdout: string): Record<string, string> => {
  const { checks } = JSON.parse(stdout) as DoctorDocument
  return Object.fromEntries(checks.map(({ name, result }) => [name, result]))
}

test('a group is looked at without any host, and what is wrong exits with 3', async () => {
  const group = new GroupOnPaper()
  await group.join('one', {})
  await group.place({})
  const { code, stdout } = await group.run('doctor --json')
  const { disk, files, ...rest } = resultsOf(stdout)
  assert.equal(rest, {
    ...{ node: 'well', manifest: 'skipped', broker: 'well', reset: 'well' },
    ...{
      coordinator: 'wrong',
      hosts: 'well',
      wishes: 'well',
      clocks: 'well',
      state: 'well',
      topics: 'well',
    },
  })
  assert.ok(disk !== 'skipped' && files !== undefined)
  assert.is(code, 3)
  await group.close()
})

test('a manifest that is broken and a broker that is not there are wrong, with what to do', async () => {
  const directory = tempDir()
  const manifest = {
    ...{ application: 'words', broker: 'file:./data', actors: [{ topology: './missing.ts' }] },
  }
  writeFileSync(join(directory, 'millrace.yaml'), JSON.stringify(manifest))
  const { code, stdout } = await millrace(['doctor'], '', directory)
  assert.is(code, 3)
  assert.match(stdout, /^manifest +wrong +.*\[MODULE_MISSING\]$/m)
  assert.match(stdout, /^broker +wrong +there is no broker in .*\[BROKER_MISSING\]$/m)
  assert.match(stdout, /^broker: A host makes one when it starts/m)
})

test.run()
