// A wire between a client and a server that a spec can cut: what the server says can be held back, so
// that what was done is not known to who asked for it, and every connection can be broken.

import { connect, createServer, type Server, type Socket } from 'node:net'

export class TcpProxy {
  readonly #server: Server
  readonly #pairs = new Set<{ client: Socket; server: Socket }>()
  #isMute = false

  static async open(port: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(port)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  private constructor(port: number) {
    this.#server = createServer((client) => {
      const server = connect(port, '127.0.0.1')
      const pair = { client, server }
      this.#pairs.add(pair)
      client.on('data', (bytes) => server.write(bytes))
      server.on('data', (bytes) => {
        if (!this.#isMute) client.write(bytes)
      })
      const end = (): void => {
        this.#pairs.delete(pair)
        client.destroy()
        server.destroy()
      }
      for (const socket of [client, server]) {
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
