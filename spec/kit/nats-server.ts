// A NATS server of a spec's own: on a free loopback port, over a directory of its own, stopped with the
// spec. `natsSuite` runs its laws on one server, where there is one; what it does not run it says
// (nats-programs.ts).

import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { suite, type Test } from 'uvu'
import { frozen } from './frozen.ts'
import { HOW_TO_GET, natsProgram } from './nats-programs.ts'
import { tempDir } from './temp-dir.ts'

export interface NatsOptions {
  /** Default: the server of this machine. */
  readonly program?: string | undefined
  /** Lines of its configuration file, beside port, host and store. */
  readonly config?: string
  /** Default true. */
  readonly hasJetStream?: boolean
}

const servers = new Set<ChildProcess>()
process.on('exit', () => {
  for (const server of servers) server.kill('SIGKILL')
})

export class NatsServer {
  readonly port: number
  #options: NatsOptions
  readonly #directory = tempDir()
  #child: ChildProcess | null = null

  static async start(options: NatsOptions = {}): Promise<NatsServer> {
    const server = new NatsServer(await freePort(), options)
    await server.start()
    return server
  }

  private constructor(port: number, options: NatsOptions) {
    this.port = port
    this.#options = options
  }

  get #store(): string {
    return join(this.#directory, 'store')
  }

  get isRunning(): boolean {
    return this.#child !== null
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  get url(): string {
    return `nats://${this.address}`
  }

  /** Starts it, or starts it again over the same store. */
  async start(): Promise<void> {
    const { config = '', hasJetStream = true, program = natsProgram() } = this.#options
    if (program === null) throw new Error(HOW_TO_GET)
    const file = join(this.#directory, 'nats.conf')
    const store = JSON.stringify(this.#store)
    const jetStream = hasJetStream ? `jetstream { store_dir: ${store} }` : ''
    const listen = `host: "127.0.0.1"\nport: ${this.port}`
    writeFileSync(file, `${listen}\n${jetStream}\n${config}\n`)
    const child = spawn(program, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#child = child
    servers.add(child)
    let said = ''
    await new Promise<void>((resolve, reject) => {
      child.stderr?.on('data', (chunk: Buffer) => {
        if (said.length < 100_000) said += chunk.toString()
        if (said.includes('Server is ready')) resolve()
      })
      child.on('exit', (code) => {
        servers.delete(child)
        reject(new Error(`nats-server ended with ${code}: ${said}`))
      })
    })
    // It ends with the spec, and does not keep it from ending.
    child.unref()
    const { stderr } = child
    if (stderr !== null && 'unref' in stderr && typeof stderr.unref === 'function') stderr.unref()
  }

  /** Other lines of configuration, from the next start on. */
  configure(config: string): void {
    this.#options = { ...this.#options, config }
  }

  /**
   * Stops it while what it keeps is copied.
   * @returns puts the copy back, while it is stopped again: all of it, or one stream
   */
  async copied(): Promise<(stream?: string) => Promise<void>> {
    const copy = tempDir()
    const stopped = async (use: () => void): Promise<void> => {
      await this.stop('SIGTERM')
      use()
      await this.start()
    }
    await stopped(() => cpSync(this.#store, copy, { recursive: true }))
    return (stream) =>
      stopped(() => {
        const part = stream === undefined ? '.' : join('jetstream', '$G', 'streams', stream)
        rmSync(join(this.#store, part), { recursive: true, force: true })
        cpSync(join(copy, part), join(this.#store, part), { recursive: true })
      })
  }

  /** It stands still, as a machine does that has no time for it, until `thaw`. */
  async freeze(): Promise<void> {
    const pid = this.#child?.pid ?? 0
    process.kill(pid, 'SIGSTOP')
    await frozen(pid)
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  /** As a power switch does it, or politely. */
  async stop(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null) return
    const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()))
    // Its end is waited for: it must keep the spec from ending until then.
    child.ref()
    child.kill(signal)
    await ended
  }
}

/** Declares and runs laws that need a server of this configuration; without the program none is run. */
export async function natsSuite(
  name: string,
  options: NatsOptions,
  declare: (test: Test, server: NatsServer) => void,
): Promise<void> {
  const test = suite(name)
  if (natsProgram() === null) test.skip(HOW_TO_GET)
  else declare(test, await NatsServer.start(options))
  test.run()
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
