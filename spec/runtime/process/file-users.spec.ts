// Who has a file mapped is known where the kernel tells.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { brokerLocation } from '#runtime/process/broker-location'
import { directoryUsers, fileUsers } from '#runtime/process/file-users'
import { openBroker } from '#runtime/process/open-broker'
import { tempDir } from '../../kit/temp-dir.ts'

test('nobody uses a file that is not there, and this process does not count', async () => {
  const directory = tempDir()
  assert.equal(fileUsers(join(directory, 'data.mdb')), [])
  const broker = openBroker(brokerLocation({ file: directory }, '/'))
  assert.equal(fileUsers(join(directory, 'data.mdb')), [])
  await broker.close()
})

if (existsSync('/proc/self/maps')) {
  test('another process that has it mapped is named, until it ends', async () => {
    const directory = tempDir()
    await openBroker(brokerLocation({ file: directory }, '/')).close()
    const code = `import { open } from 'lmdb'; open({ path: ${JSON.stringify(join(directory, 'data.mdb'))}, noSubdir: true }); console.log(1); process.stdin.resume()`
    const argv = ['--input-type=module', '-e', code]
    const child = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    assert.equal(fileUsers(join(directory, 'data.mdb')), [child.pid])
    assert.equal(directoryUsers(directory), [child.pid])
    assert.equal(directoryUsers(directory.slice(0, -1)), [])
    child.kill('SIGKILL')
    await once(child, 'close')
    assert.equal(fileUsers(join(directory, 'data.mdb')), [])
  })
}

test.run()
