// The directory of a process's admin socket, below the temporary directory, named after the process:
// `millrace-PID-xxxxxx`. A process that is killed leaves it behind; whoever starts next takes it away.
//
// Invariant: only what nobody uses is removed: the process is gone, nobody listens, and it is not so young
// that a process of another container, whose number says nothing here, may be about to.

import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

export const SOCKET = 'admin.sock'
const NAME = /^millrace-(\d+)-\w{6}$/
const YOUNG_MS = 60_000

/** A new one, for this process. */
export const makeSocketDirectory = (): string =>
  mkdtempSync(join(tmpdir(), `millrace-${process.pid}-`))

/** Removes those that killed processes left. What cannot be looked at or removed stays. */
export async function clearSocketDirectories(nowMs: number): Promise<void> {
  const place = tmpdir()
  for (const name of namesIn(place)) {
    const pid = Number(NAME.exec(name)?.[1] ?? Number.NaN)
    const directory = join(place, name)
    if (Number.isNaN(pid) || isRunning(pid) || !isOld(directory, nowMs)) continue
    if (await isListening(join(directory, SOCKET))) continue
    try {
      rmSync(directory, { recursive: true, force: true })
    } catch {
      // It is another user's.
    }
  }
}

function namesIn(place: string): readonly string[] {
  try {
    return readdirSync(place)
  } catch {
    // Whoever makes one there says what is wrong with it.
    return []
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // A process of another user may not be asked, and runs.
    return error instanceof Error && 'code' in error && error.code !== 'ESRCH'
  }
}

function isOld(directory: string, nowMs: number): boolean {
  try {
    return statSync(directory).mtimeMs < nowMs - YOUNG_MS
  } catch {
    // Somebody else removed it.
    return false
  }
}

function isListening(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const client = connect(socket)
    const settle = (isThere: boolean): void => {
      client.destroy()
      resolve(isThere)
    }
    client.once('connect', () => settle(true))
    client.once('error', () => settle(false))
  })
}
