// A wire between a client and a server that a spec can cut: what the server says can be held back, so
// that what was done is not known to who asked for it, and every connection can be broken, for good or
// until it is mended. What clients of NATS publish while they hear nothing can be looked at.

import { connect, createServer, type Server, type Socket } from 'node:net'

export class TcpProxy {
  readonly #server: Server
  readonly #pairs = new Set<{ client: Socket; server: Socket }>()
  #isMute = false
  #isParted = false
  #said = ''
  #onSaid: () => void = () => {}
  #heard = 0
  #clog: RegExp | null = null
  readonly #clogged = new Set<Socket>()

  static async open(port: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(port)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    proxy.#server.unref()
    return proxy
  }

  private constructor(port: number) {
    this.#server = createServer((client) => {
      if (this.#isParted) {
        client.destroy()
        return
      }
      const server = connect(port, '127.0.0.1')
      const pair = { client, server }
      this.#pairs.add(pair)
      client.on('data', (bytes) => {
        server.write(bytes)
        if (this.#clog?.test(bytes.toString('latin1')) === true) {
          server.pause()
          this.#clogged.add(server)
        }
        if (!this.#isMute) return
        this.#said += bytes.toString('latin1')
        this.#onSaid()
      })
      server.on('data', (bytes) => {
        this.#heard += bytes.length
        if (!this.#isMute) client.write(bytes)
      })
      const end = (): void => {
        this.#pairs.delete(pair)
        client.destroy()
        server.destroy()
      }
      for (const socket of [client, server]) {
        // It ends with the spec, and does not keep it from ending.
        socket.unref()
        socket.on('close', end)
        // A broken wire is what this is for.
        socket.on('error', end)
      }
    })
  }

  get isMute(): boolean {
    return this.#isMute
  }

  get address(): string {
    const address = this.#server.address()
    return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  }

  /** Holds back, for good, what servers say on the connections there are and will be. */
  mute(): void {
    this.#isMute = true
    this.#said = ''
  }

  /** Resolves when clients have published to a subject like each of these since they hear nothing. */
  async published(subjects: readonly RegExp[]): Promise<void> {
    const isSaid = (subject: RegExp): boolean => {
      const all = this.#said.matchAll(/^H?PUB (\S+) /gm)
      return [...all].some(([, name = '']) => subject.test(name))
    }
    while (!subjects.every(isSaid)) {
      await new Promise<void>((resolve) => {
        this.#onSaid = resolve
      })
    }
  }

  /** Bytes that servers said. */
  get heard(): number {
    return this.#heard
  }

  /** From when a client says something like this on, nothing is taken from its server. */
  clog(when: RegExp): void {
    this.#clog = when
  }

  /** Breaks the connections that are clogged; new ones are not. */
  unclog(): void {
    this.#clog = null
    for (const server of this.#clogged) server.destroy()
    this.#clogged.clear()
  }

  /** Breaks every connection; new ones are broken too until it is mended. */
  part(): void {
    this.cut()
    this.#isParted = true
  }

  mend(): void {
    this.#isParted = false
  }

  /** Breaks every connection; new ones speak. */
  cut(): void {
    this.#isMute = false
    for (const { client, server } of this.#pairs) {
      client.destroy()
      server.destroy()
    }
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }
}
