// Several NATS servers that are one cluster, each of a spec's own: on free loopback ports, over
// directories of their own. A spec kills who leads a stream and starts it again.

import { connect } from 'nats'
import { freePort, NatsServer } from './nats-server.ts'

export class NatsCluster {
  readonly servers: readonly NatsServer[]

  static async start(size: number, program?: string): Promise<NatsCluster> {
    const ports = await Promise.all(Array.from({ length: size }, freePort))
    const routes = ports.map((port) => `nats-route://127.0.0.1:${port}`).join(', ')
    const servers = await Promise.all(
      ports.map((port, i) => {
        const cluster = `cluster { name: c, listen: "127.0.0.1:${port}", routes: [${routes}] }`
        return NatsServer.start({ program, config: `server_name: ${nameOf(i)}\n${cluster}` })
      }),
    )
    return new NatsCluster(servers)
  }

  private constructor(servers: readonly NatsServer[]) {
    this.servers = servers
  }

  /** `host:port` of each. */
  get addresses(): readonly string[] {
    return this.servers.map(({ address }) => address)
  }

  /** Who leads the stream with this in its name now; it is waited for. */
  async leaderOf(part: string): Promise<NatsServer> {
    const servers = this.servers.filter(({ isRunning }) => isRunning)
    const connection = await connect({ servers: servers.map(({ address }) => address) })
    const ask = async <T>(subject: string): Promise<T> =>
      (await connection.request(`$JS.API.${subject}`)).json<T>()
    try {
      for (;;) {
        const leader = await this.#leaderOf(part, ask).catch(() => null)
        if (leader !== null) return leader
        await new Promise<void>((resolve) => setTimeout(resolve, 50))
      }
    } finally {
      await connection.close()
    }
  }

  async #leaderOf(
    part: string,
    ask: <T>(subject: string) => Promise<T>,
  ): Promise<NatsServer | null> {
    const { streams } = await ask<{ streams: readonly string[] | null }>('STREAM.NAMES')
    const stream = streams?.find((name) => name.includes(part))
    if (stream === undefined) return null
    const { cluster } = await ask<{ cluster?: { leader?: string } }>(`STREAM.INFO.${stream}`)
    const index = this.servers.findIndex((_, i) => nameOf(i) === cluster?.leader)
    return this.servers[index] ?? null
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()))
  }
}

const nameOf = (index: number): string => `n${index + 1}`
