// Processes that are measured from outside, and speak by lines on stdout: what they use of the machine,
// as Linux counts it. Memory is what is theirs alone; of mapped files, as both sides have them, the
// system can take back what it needs.

import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { createInterface } from 'node:readline'

/** Of a clock tick, which is what /proc counts processor time in. */
const TICK_MS = 10
const LOOK_EVERY_MS = 50

const living = new Set<ChildProcess>()

process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL')
})

export class Speaker {
  readonly startedAt = performance.now()
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  readonly #said: string[] = []
  readonly #looks: NodeJS.Timeout
  #complaints = ''
  #wake: () => void = () => {}
  #peakBytes = 0
  #isOver = false

  /** @param more variables of its environment */
  constructor(
    command: string,
    args: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ) {
    const env = { ...process.env, ...more }
    this.#child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
    living.add(this.#child)
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', () => {
        living.delete(this.#child)
        this.#isOver = true
        this.#wake()
        resolve()
      })
    })
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      this.#said.push(line)
      this.#wake()
    })
    this.#child.stderr?.on('data', (chunk) => {
      this.#complaints = `${this.#complaints}${chunk}`.slice(-4000)
    })
    this.#looks = setInterval(() => this.#look(), LOOK_EVERY_MS).unref()
  }

  /**
   * The next line that begins with a word, without it; those before it are passed over.
   * @throws when the process ends without saying it
   */
  async next(word: string): Promise<string> {
    for (;;) {
      for (let line = this.#said.shift(); line !== undefined; line = this.#said.shift()) {
        if (line.startsWith(word)) return line.slice(word.length).trim()
      }
      if (this.#isOver) throw new Error(`ended without '${word}':\n${this.#complaints}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Processor time of all of its threads, ms. */
  get cpuMs(): number {
    return (this.#stat(11) + this.#stat(12)) * TICK_MS
  }

  /** How often one of its threads waited for a page to be read from disk. */
  get faults(): number {
    return this.#stat(9)
  }

  /** Most memory of its own that it had, as often as it was looked at. */
  get peakBytes(): number {
    return this.#peakBytes
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    clearInterval(this.#looks)
    this.#child.kill(signal)
    await this.#ended
  }

  /** A field of its status, counted from the one after its name. */
  #stat(field: number): number {
    const fields = read(`/proc/${this.#child.pid}/stat`).split(') ')[1]?.split(' ') ?? []
    return Number(fields[field] ?? 0)
  }

  #look(): void {
    const [, kilobytes] =
      /^RssAnon:\s+(\d+) kB/m.exec(read(`/proc/${this.#child.pid}/status`)) ?? []
    this.#peakBytes = Math.max(this.#peakBytes, Number(kilobytes ?? 0) * 1024)
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // It ended.
  }
}
