// A command in a real pseudo-terminal: util-linux' `script` opens one, a terminal without a window shows
// what is on it, and keys are typed as a person would.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import xterm from '@xterm/headless'
import { tempDir } from './temp-dir.ts'
import { within } from './within.ts'

const NEVER_MS = 60_000

/** Whether this machine has what it takes. */
export const hasPseudoTerminal = (): boolean => {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux')
  } catch {
    return false
  }
}

interface Look {
  /** Of the terminal's palette; null: the one of its text. */
  readonly colour: number | null
  readonly isBold: boolean
  readonly isDim: boolean
  readonly isInverse: boolean
}

export interface Run extends Look {
  readonly text: string
  readonly column: number
}

const areAlike = (a: Look, b: Look): boolean =>
  a.colour === b.colour &&
  a.isBold === b.isBold &&
  a.isDim === b.isDim &&
  a.isInverse === b.isInverse

export class PseudoTerminal {
  /** Everything that was written to it. */
  written = ''
  readonly ended: Promise<number | null>
  readonly #child: ChildProcess
  readonly #terminal: InstanceType<typeof xterm.Terminal>
  readonly #deviceFile = join(tempDir(), 'device')
  #look: () => void = () => {}

  /** @param script what a shell runs in it */
  constructor(
    script: string,
    { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
    size: { readonly columns: number; readonly rows: number } = { columns: 80, rows: 24 },
  ) {
    const { columns, rows } = size
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
    const line = `tty > '${this.#deviceFile}'; stty rows ${rows} cols ${columns}; ${script}`
    this.#child = spawn('script', ['-qfec', line, '/dev/null'], {
      ...{ cwd, stdio: 'pipe' as const },
      env: { ...process.env, TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
    })
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.written += chunk.toString('latin1')
      this.#terminal.write(chunk, () => this.#look())
    })
    this.#child.stdin?.on('error', () => {}) // it may end while keys are typed
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code) => {
        resolve(code)
        this.#look()
      })
    })
    living.add(this.#child)
    void this.ended.then(() => living.delete(this.#child))
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys)
  }

  /** As somebody who drags the corner of the window. */
  resize(columns: number, rows: number): void {
    const device = readFileSync(this.#deviceFile, 'utf8').trim()
    this.#terminal.resize(columns, rows)
    execFileSync('stty', ['-F', device, 'rows', String(rows), 'cols', String(columns)])
  }

  /** The lines that are on it now. */
  get screen(): readonly string[] {
    const { active } = this.#terminal.buffer
    return Array.from(
      { length: this.#terminal.rows },
      (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
    )
  }

  /** The same with how it looks: each line as runs of one look. */
  get painted(): readonly (readonly Run[])[] {
    const { active } = this.#terminal.buffer
    return Array.from({ length: this.#terminal.rows }, (_, row) => {
      const runs: Run[] = []
      const line = active.getLine(active.baseY + row)
      for (let column = 0; column < this.#terminal.cols; column++) {
        const cell = line?.getCell(column)
        if (cell === undefined || cell.getWidth() === 0) continue
        const text = cell.getChars() || ' '
        const look: Look = {
          colour: cell.isFgPalette() ? cell.getFgColor() : null,
          isBold: cell.isBold() !== 0,
          isDim: cell.isDim() !== 0,
          isInverse: cell.isInverse() !== 0,
        }
        const last = runs.at(-1)
        if (last !== undefined && areAlike(last, look)) {
          runs[runs.length - 1] = { ...last, text: last.text + text }
        } else runs.push({ ...look, text, column })
      }
      return runs
    })
  }

  get isOtherScreen(): boolean {
    return this.#terminal.buffer.active.type === 'alternate'
  }

  /** Until the screen, as one text, is as wanted; it is shown when it never is. */
  async until(what: string, holds: RegExp | ((screen: string) => boolean)): Promise<string> {
    const isMet = (): boolean => {
      const text = this.screen.join('\n')
      return holds instanceof RegExp ? holds.test(text) : holds(text)
    }
    const met = new Promise<void>((resolve) => {
      this.#look = () => {
        if (isMet()) resolve()
      }
      this.#look()
    })
    try {
      await within(NEVER_MS, what, met)
    } catch (thrown) {
      throw new Error(`${what}: never seen. The screen:\n${this.screen.join('\n')}`, {
        cause: thrown,
      })
    } finally {
      this.#look = () => {}
    }
    return this.screen.join('\n')
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }
}

const living = new Set<ChildProcess>()

process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL')
})
