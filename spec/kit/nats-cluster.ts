// Several NATS servers that are one cluster, each of a spec's own: on free loopback ports, over
// directories of their own. A spec kills who leads a stream and starts it again, or cuts the wires between
// one server and the others.

import { connect } from 'nats'
import { freePort, NatsServer } from './nats-server.ts'
import { TcpProxy } from './tcp-proxy.ts'

/** The wire that one server reaches another by. */
interface Route {
  readonly from: number
  readonly to: number
  readonly wire: TcpProxy
}

export class NatsCluster {
  readonly servers: readonly NatsServer[]
  readonly #routes: readonly Route[]

  static async start(size: number, program?: string): Promise<NatsCluster> {
    const ports = await Promise.all(Array.from({ length: size }, freePort))
    const pairs = ports.flatMap((_, from) =>
      ports.flatMap((port, to) => (from === to ? [] : [{ from, to, port }])),
    )
    const routes = await Promise.all(
      pairs.map(async ({ from, to, port }) => ({ from, to, wire: await TcpProxy.open(port) })),
    )
    const servers = await Promise.all(
      ports.map((port, i) => {
        const own = routes.filter(({ from }) => from === i)
        const urls = own.map(({ wire }) => `nats-route://${wire.address}`).join(', ')
        // Whom others tell of it must not find it past the wires.
        const hidden = 'advertise: "127.0.0.1:1", no_advertise: true'
        const cluster = `cluster { name: c, listen: "127.0.0.1:${port}", ${hidden}, routes: [${urls}] }`
        return NatsServer.start({ program, config: `server_name: ${nameOf(i)}\n${cluster}` })
      }),
    )
    return new NatsCluster(servers, routes)
  }

  private constructor(servers: readonly NatsServer[], routes: readonly Route[]) {
    this.servers = servers
    this.#routes = routes
  }

  /** Nothing goes between this server and the others; clients reach all of them. */
  part(server: NatsServer): void {
    for (const { wire } of this.#routesOf(server)) wire.part()
  }

  mend(server: NatsServer): void {
    for (const { wire } of this.#routesOf(server)) wire.mend()
  }

  #routesOf(server: NatsServer): readonly Route[] {
    const index = this.servers.indexOf(server)
    return this.#routes.filter(({ from, to }) => from === index || to === index)
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
    await Promise.all(this.#routes.map(({ wire }) => wire.close()))
  }
}

const nameOf = (index: number): string => `n${index + 1}`
