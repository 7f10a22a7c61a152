// What killed processes leave in the temporary directory is taken away; what somebody may use is not.

import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { adminServer } from '#runtime/admin/admin-server'
import { clearSocketDirectories } from '#runtime/admin/socket-directory'
import { tempDir } from '../../kit/temp-dir.ts'

const HOUR_MS = 3_600_000
/** Of a process that has ended. */
const gone = spawnSync(process.execPath, ['--version']).pid

/** A temporary directory of its own, with directories of those names, an hour old or new. */
function temporary(names: readonly string[], isOld = true): string {
  const place = tempDir()
  process.env['TMPDIR'] = place
  for (const name of names) {
    const directory = join(place, name)
    mkdirSync(directory)
    writeFileSync(join(directory, 'admin.sock'), '')
    const seconds = (Date.now() - (isOld ? HOUR_MS : 0)) / 1000
    utimesSync(directory, seconds, seconds)
  }
  return place
}

const before = process.env['TMPDIR']
test.after.each(() => {
  if (before === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = before
})

test('the directory of a killed process goes with the next start, and that of a stopped one at once', async () => {
  const place = temporary([`millrace-${gone}-abcdef`])
  const server = await adminServer()
  const [left, ...more] = readdirSync(place)
  assert.equal([left?.startsWith(`millrace-${process.pid}-`), more], [true, []])
  await server.close()
  assert.equal(readdirSync(place), [])
})

test('what a running process has, what is young, what is listened at and what is not ours stays', async () => {
  const others = [`millrace-${process.pid}-abcdef`, 'millrace-spec-abcdef', 'other-1-abcdef']
  const place = temporary(others)
  await clearSocketDirectories(Date.now())
  assert.equal(readdirSync(place).sort(), [...others].sort())
  const young = temporary([`millrace-${gone}-abcdef`], false)
  await clearSocketDirectories(Date.now())
  assert.is(readdirSync(young).length, 1)
})

test('where somebody listens it stays, whatever its name says', async () => {
  const place = temporary([])
  const server = await adminServer()
  const { createServer } = await import('node:net')
  const directory = join(place, `millrace-${gone}-abcdef`)
  mkdirSync(directory)
  const listener = createServer()
  await new Promise<void>((resolve) => listener.listen(join(directory, 'admin.sock'), resolve))
  await clearSocketDirectories(Date.now() + HOUR_MS)
  assert.is(readdirSync(place).length, 2)
  await new Promise((resolve) => listener.close(resolve))
  await clearSocketDirectories(Date.now() + HOUR_MS)
  assert.is(readdirSync(place).length, 1)
  await server.close()
})

test.run()
