// Runs one spec file in a process of its own and says how each of its laws ended. A file fails also
// when a law was declared and never ran, when it has no law at all, when its process ends badly after
// its laws held, and when it does not end: uvu knows no time-outs, so this has two. They are nets for
// promises that never settle and handles left open, not limits on how long work may take.
//
// It leads a group of processes and has a directory for what is temporary. Both end with it, however it ends.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { LawEvent } from './laws.ts'

const NOTHING_HEARD_MS = 600_000
const LEFT_OPEN_MS = 20_000
const LEFT_RUNNING_MS = 10_000
/** Source is what TypeScript is resolved to that a spec loads by a path. */
const FLAGS = ['--enable-source-maps', '--conditions=source']

export interface SpecResult {
  readonly file: string
  readonly passed: readonly LawEvent[]
  /** Titles, or sentences about the file as a whole. */
  readonly failed: readonly string[]
  readonly skipped: readonly string[]
  /** Everything the process wrote. */
  readonly output: string
  readonly ms: number
}

/**
 * @param file what it is called
 * @param module the compiled one
 * @param root the working directory
 */
export async function runSpec(file: string, module: string, root: URL): Promise<SpecResult> {
  const start = performance.now()
  const stdio = ['ignore', 'pipe', 'pipe', 'pipe'] as const
  const temporary = mkdtempSync(join(tmpdir(), 'millrace-'))
  const child = spawn(process.execPath, [...FLAGS, module], {
    ...{ cwd: root, stdio: [...stdio], detached: true },
    env: { ...process.env, TMPDIR: temporary },
  })
  const end = (): void => {
    endGroup(child)
    rmSync(temporary, { recursive: true, force: true, maxRetries: 10 })
  }
  process.on('exit', end)
  const heard = new Heard(child)
  const output: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => output.push(chunk))
  }
  // Descriptor 3 is a pipe, asked for above.
  const reports = createInterface({ input: child.stdio[3] as Readable })
  reports.on('line', (line) => heard.event(JSON.parse(line) as LawEvent)) // laws.ts writes these
  const ended = await endOf(child)
  heard.stop()
  process.off('exit', end)
  end()
  return {
    file,
    passed: heard.events('passed'),
    failed: heard.failures(ended),
    skipped: heard.events('skipped').map(({ title }) => title),
    output: Buffer.concat(output).toString('utf8').trim(),
    ms: Math.round(performance.now() - start),
  }
}

/** Ends the process, and whom it started. */
function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody is left.
  }
}

/** Waits for the process and its output to end; answers what was wrong with that, or null. */
function endOf(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve) => {
    let linger: NodeJS.Timeout | undefined
    child.on('error', (error) => resolve(`cannot be started: ${error.message}`))
    child.on('exit', () => {
      // Whoever still holds the output was started by the spec and outlived it.
      linger = setTimeout(() => {
        for (const stream of child.stdio) stream?.destroy()
        resolve('left a process running')
      }, LEFT_RUNNING_MS)
    })
    child.on('close', (code, signal) => {
      clearTimeout(linger)
      resolve(badEnd(code, signal))
    })
  })
}

/** Listens to one process, and ends it when there is no more to hear. */
class Heard {
  readonly #events: LawEvent[] = []
  readonly #child: ChildProcess
  #net: NodeJS.Timeout
  #cut: string | null = null

  constructor(child: ChildProcess) {
    this.#child = child
    this.#net = this.#arm()
  }

  event(event: LawEvent): void {
    this.#events.push(event)
    clearTimeout(this.#net)
    this.#net = this.#arm()
  }

  events(what: LawEvent['what']): LawEvent[] {
    return this.#events.filter((event) => event.what === what)
  }

  failures(ended: string | null): string[] {
    const failed = this.events('failed').map(({ title }) => title)
    const left = this.#left()
    if (this.#cut !== null) return [...failed, this.#cut]
    if (left > 0) failed.push(`(the file) ended early: ${left} of its laws never ran`)
    else if (this.events('declared').length === 0 && this.events('skipped').length === 0) {
      failed.push('(the file) has no laws; does it call test.run()?')
    }
    if (ended !== null && failed.length === 0) failed.push(`(the file) ${ended}`)
    return failed
  }

  stop(): void {
    clearTimeout(this.#net)
  }

  #left(): number {
    const [declared, passed, failed] = (['declared', 'passed', 'failed'] as const).map(
      (what) => this.events(what).length,
    )
    return (declared ?? 0) - (passed ?? 0) - (failed ?? 0)
  }

  /** The law that did not end: they run in the order in which they are declared. */
  #running(): string {
    const ended = new Set(
      [...this.events('passed'), ...this.events('failed')].map((it) => it.title),
    )
    return this.events('declared').find(({ title }) => !ended.has(title))?.title ?? 'its imports'
  }

  #arm(): NodeJS.Timeout {
    const isDone = this.#events.length > 0 && this.#left() === 0
    const ms = isDone ? LEFT_OPEN_MS : NOTHING_HEARD_MS
    return setTimeout(() => {
      this.#cut = isDone
        ? '(the file) does not end: something was left open'
        : `(the file) hangs: nothing heard of it for ${ms / 1000} s, in '${this.#running()}'`
      endGroup(this.#child)
    }, ms)
  }
}

function badEnd(code: number | null, signal: string | null): string | null {
  if (signal !== null) return `was ended by ${signal}`
  return code === 0 ? null : `ended with code ${code} although its laws held`
}
