// The machine loses its power while a host counts words: of everything that was written only what was flushed is
// there when it starts again, and the machine is known to have been started anew.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { LossyDisk } from '../kit/lossy-disk.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { within } from '../kit/within.ts'

const BOOTS = 5
const NEVER_MS = 180_000
const boot = fileURLToPath(new URL('./power-loss-boot.ts', import.meta.url))
const BOOT_ID = '/proc/sys/kernel/random/boot_id'
/** Shows a file in the place of the machine's boot id to the command after it, and to nobody else. */
const AS_BOOTED = `mount --bind "$0" ${BOOT_ID} && exec "$@"`

const title = `what was acknowledged is counted exactly once, though power was lost ${BOOTS - 1} times`
const disk = LossyDisk.of(512)
if (disk === null) test.skip(`${title} (skipped: no right to mount a file as a disk)`)
else {
  test(title, () => throughLosses(disk))
  test.after(() => disk.release())
}

async function throughLosses(disk: LossyDisk): Promise<void> {
  for (let n = 0; n < BOOTS; n++) {
    const running = booted(n, [disk.directory, '7', String(n), String(BOOTS)])
    const [stdout, stderr] = [running.stdout, running.stderr] as [
      NodeJS.ReadableStream,
      NodeJS.ReadableStream,
    ]
    let complaints = ''
    stderr.on('data', (chunk) => {
      complaints += String(chunk)
    })
    const ended = once(running, 'exit')
    const line = once(createInterface({ input: stdout }), 'line')
    await within(NEVER_MS, `boot ${n} is on its way`, Promise.race([line, ended]))
    if (n === BOOTS - 1) {
      const [code] = await within(NEVER_MS, 'the last boot ends', ended)
      assert.is(code, 0, complaints)
      return
    }
    assert.is(running.exitCode, null, complaints)
    await standStill(running.pid as number)
    if (n % 2 === 0) disk.flushHeads()
    disk.keep()
    process.kill(-(running.pid as number), 'SIGKILL')
    await ended
    disk.losePower()
  }
}

/** The program of a boot, the leader of a process group. */
function booted(n: number, args: readonly string[]): ChildProcess {
  const id = join(tempDir(), 'boot-id')
  writeFileSync(id, `00000000-0000-4000-8000-${String(n).padStart(12, '0')}\n`)
  const node = [
    process.execPath,
    '--import',
    import.meta.resolve('tsx'),
    '--conditions=source',
    boot,
  ]
  const command = ['-m', 'sh', '-c', AS_BOOTED, id, ...node, ...args]
  return spawn('unshare', command, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Stops a group, and waits until none of its threads is at work in the kernel any more. */
async function standStill(group: number): Promise<void> {
  process.kill(-group, 'SIGSTOP')
  const isStill = (): boolean => statesOf(group).every((state) => state === 'T' || state === 'Z')
  const look = async (): Promise<void> => {
    while (!isStill()) await new Promise(setImmediate)
  }
  await within(NEVER_MS, 'all threads stand still', look())
}

/** A letter for each thread of a group, as proc(5) has them. */
function statesOf(group: number): string[] {
  const states: string[] = []
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const [, , pgrp] = statOf(`/proc/${pid}/stat`)
    if (Number(pgrp) !== group) continue
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      states.push(statOf(`/proc/${pid}/task/${thread}/stat`)[0] ?? 'Z')
    }
  }
  return states
}

/** State, parent, group and so on: what comes after the name. */
function statOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split(') ').at(-1)?.split(' ') ?? []
  } catch {
    return [] // It ended.
  }
}

test.run()
