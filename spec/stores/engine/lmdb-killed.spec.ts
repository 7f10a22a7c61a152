// A process is killed again and again while it commits and flushes; another one on the same log goes on.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tempDir } from '../../kit/temp-dir.ts'
import { within } from '../../kit/within.ts'

const KILLS = 6
const THREADS = 4
const COMMITS_BEFORE = 100
const COMMITS_AFTER = 200
const NEVER_MS = 60_000
const writer = fileURLToPath(new URL('./lmdb-writer.ts', import.meta.url))

test(`a process that is killed in its flush takes no other one with it (${KILLS} kills)`, async () => {
  const directory = tempDir()
  const survivor = new Writer(directory)
  await survivor.made(COMMITS_AFTER)
  for (let kill = 0; kill < KILLS; kill++) {
    const victim = new Writer(directory)
    await victim.made(COMMITS_BEFORE + kill)
    await victim.kill()
    await survivor.made(COMMITS_AFTER)
  }
  await survivor.kill()
  assert.is(survivor.complaints, '')
})

/** A process whose threads commit as fast as they can. */
class Writer {
  complaints = ''
  readonly #child: ChildProcess
  readonly #exit: Promise<unknown>
  #made = 0
  #told = (): void => {}

  constructor(directory: string) {
    const argv = ['--import', import.meta.resolve('tsx'), '--conditions=source', writer]
    this.#child = spawn(process.execPath, [...argv, directory, String(THREADS)])
    this.#exit = once(this.#child, 'exit')
    this.#child.stdout?.on('data', (dots: Buffer) => {
      this.#made += dots.length
      this.#told()
    })
    this.#child.stderr?.on('data', (chunk) => {
      this.complaints += String(chunk)
    })
  }

  /** Resolves when so many more commits have been made. */
  async made(commits: number): Promise<void> {
    const target = this.#made + commits
    const reached = new Promise<void>((resolve) => {
      this.#told = () => {
        if (this.#made >= target) resolve()
      }
    })
    const died = this.#exit.then(() => Promise.reject(new Error(`it ended: ${this.complaints}`)))
    await within(NEVER_MS, `${commits} commits`, Promise.race([reached, died]))
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exit
  }
}

test.run()
