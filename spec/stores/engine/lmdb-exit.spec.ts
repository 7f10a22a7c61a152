// A process ends when it is to, also while a write waits for it that it will never answer.

import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openLmdb } from '#stores/engine/lmdb'
import { tempDir } from '../../kit/temp-dir.ts'
import { within } from '../../kit/within.ts'

const ENGINE = JSON.stringify(new URL('../../../stores/engine/lmdb.ts', import.meta.url).href)

/** Writes a row, has another on its way for which nobody runs the body any more, and ends by `end`. */
const program = (end: string): string => `
  import { openLmdb } from ${ENGINE}
  const engine = openLmdb({ directory: process.argv[1], kind: 'log', durability: 'os' })
  const rows = engine.table('rows')
  const row = Uint8Array.of(1)
  await engine.commit(() => rows.put(row, row))
  process.on('SIGINT', () => {})
  void engine.commit(() => rows.put(Uint8Array.of(2), row))
  setImmediate(() => {
    // Long enough for the write thread to begin. Where it was not the law holds all the same.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
    ${end}
  })
`

const CAUGHT = "process.once('uncaughtException', () => process.exit(0)); "
const FAILS = "throw new Error('nobody catches it')"

/** What ends it, how it ended, and what it says of that. */
const ENDS = [
  ['process.exit(0)', 'SIGKILL', /^The process ends by SIGKILL.* code 0: .*\[WRITE_CUT_OFF\]\n$/],
  ['process.exit(130)', 'SIGINT', /^$/],
  ['process.exit(143)', 'SIGTERM', /^$/],
  [FAILS, 'SIGKILL', /^Error: nobody catches it\n {4}at .*\[WRITE_CUT_OFF\]\n$/s],
  ["void Promise.reject(new Error('nobody waits'))", 'SIGKILL', /^Error: nobody waits\n/],
  [CAUGHT + FAILS, 'SIGKILL', /^The process ends by SIGKILL/],
] as const

for (const [end, signal, said] of ENDS) {
  test(`a process whose write waits for it ends by ${end}, says why, and the write is not there`, async () => {
    const directory = tempDir()
    const node = ['--import', 'tsx', '--conditions=source', '--input-type=module', '-e']
    const child = spawn(process.execPath, [...node, program(end), directory], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    const stderr = await within(60_000, 'it ends', text(child.stderr))
    await ended
    assert.is(child.signalCode, signal)
    assert.match(stderr, said)
    const engine = openLmdb({ directory, kind: 'log', durability: 'os' })
    const rows = engine.table('rows')
    assert.ok(rows.get(Uint8Array.of(1)))
    assert.not(rows.get(Uint8Array.of(2)))
    await engine.close()
  })
}

test.run()
