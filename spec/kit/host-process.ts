// Real host processes for journeys: started from a manifest as a user would, killed as the world does. They
// run dist/bundle, which is what users install; the runner and `make dist` build it.

import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { within } from './within.ts'

const BUNDLE = new URL('../../dist/bundle/', import.meta.url)
export const COMMAND = fileURLToPath(new URL('millrace.js', BUNDLE))
const SOURCE = fileURLToPath(new URL('../../runtime/cli/millrace.ts', import.meta.url))
const NEVER_MS = 60_000

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What modules that such hosts load import in the place of 'millrace', where that cannot be resolved. */
export const DOOR = new URL('index.js', BUNDLE).href

/**
 * Runs a command to its end.
 * @param temporary where it keeps what is temporary; default: where this process does
 * @param more variables of its environment
 */
export async function millrace(
  args: readonly string[],
  stdin = '',
  cwd?: string,
  temporary?: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const all = temporary === undefined ? more : { TMPDIR: temporary, ...more }
  return ended([COMMAND, ...args], stdin, cwd, all)
}

/** As `millrace`, module by module as they are written. */
export const fromSource = (
  args: readonly string[],
  cwd: string,
  more: Readonly<Record<string, string>>,
): Promise<Ran> => {
  const tsx = ['--import', import.meta.resolve('tsx'), '--conditions=source']
  return ended([...tsx, SOURCE, ...args], '', cwd, more)
}

async function ended(
  argv: readonly string[],
  stdin: string,
  cwd: string | undefined,
  more: Readonly<Record<string, string>>,
): Promise<Ran> {
  const env = {
    ...process.env,
    // Contexts of whoever runs the specs are none of theirs.
    XDG_CONFIG_HOME: join(cwd ?? tmpdir(), '.config'),
    ...more,
  }
  const child = spawn(process.execPath, argv, { cwd, env, stdio: 'pipe' })
  const out = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    out.stdout += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    out.stderr += String(chunk)
  })
  child.stdin.on('error', () => {}) // it may end before it has read everything
  child.stdin.end(stdin)
  const code = await within(NEVER_MS, argv.join(' '), exitOf(child))
  return { code, ...out }
}

/** Writes a manifest beside the data it names, and answers its path. */
export function manifestIn(directory: string, facts: Readonly<Record<string, unknown>>): string {
  const path = join(directory, 'millrace.yaml')
  // JSON is YAML.
  writeFileSync(path, JSON.stringify({ broker: 'file:./data', ...facts }))
  return path
}

export class HostProcess {
  readonly child: ChildProcess
  readonly exit: Promise<number | null>
  readonly log: string[] = []
  readonly #ready: Promise<string>
  readonly #looks = new Set<() => void>()

  constructor(manifest: string, args: readonly string[] = []) {
    const child = spawn(process.execPath, [COMMAND, 'host', manifest, '--json', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child = child
    this.exit = exitOf(child)
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.log.push(line)
      for (const look of this.#looks) look()
    })
    this.#ready = new Promise((resolve) => {
      createInterface({ input: child.stdout }).once('line', resolve)
    })
    living.add(child)
    void this.exit.then(() => living.delete(child))
  }

  /** Resolves with what it says when it runs; rejects with what it logged when it ended instead. */
  ready(): Promise<string> {
    const ended = this.exit.then((): never => {
      throw new Error(`the host ended:\n${this.log.join('\n')}`)
    })
    ended.catch(() => {}) // it may well end later
    return within(NEVER_MS, 'the host is ready', Promise.race([this.#ready, ended]))
  }

  /** Resolves when a line of its log has the text; those it said before count. */
  says(text: string): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.log.some((line) => line.includes(text))) return
        this.#looks.delete(look)
        resolve()
      }
      this.#looks.add(look)
      look()
    })
  }

  /** Sends a signal; after one that ends it, waits for that. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    this.child.kill(signal)
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') return
    await within(NEVER_MS, `the host ends by ${signal}`, this.exit)
  }
}

const living = new Set<ChildProcess>()

process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL')
})

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code))
  })
}
