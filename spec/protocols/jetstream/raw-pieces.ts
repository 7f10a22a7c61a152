// Pieces of a snapshot or a prefix as NATS has them, for those who spoil them.

import { connect, headers } from 'nats'
import { MARK } from '#protocols/jetstream/mark'
import type { NatsServer } from '../../kit/nats-server.ts'

export interface RawPieces {
  /** Index of the last one. */
  readonly last: number
  remove(index: number): Promise<void>
  /** Stores it again, after all that are there. */
  defer(index: number): Promise<void>
  /** Stores another message among them. */
  add(mark: string, content: string): Promise<void>
  /** Takes all of the stream that has them. */
  drop(): Promise<void>
}

/** @param filter of their subject, of which there is one */
export async function withPieces(
  server: NatsServer,
  filter: string,
  run: (pieces: RawPieces) => Promise<void>,
): Promise<void> {
  const connection = await connect({ servers: server.address })
  try {
    const { streams } = await connection.jetstreamManager()
    const [name = ''] = (await streams.names(filter).next()) ?? []
    const { state } = await streams.info(name, { subjects_filter: filter })
    const [subject = ''] = Object.keys(state.subjects ?? {})
    const numbers: number[] = []
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const message = await streams.getMessage(name, { seq }).catch(() => null)
      if (message?.subject === subject) numbers.push(seq)
    }
    const remove = async (index: number): Promise<void> => {
      await streams.deleteMessage(name, numbers[index] ?? 0)
    }
    await run({
      last: numbers.length - 1,
      remove,
      defer: async (index) => {
        const { data, header } = await streams.getMessage(name, { seq: numbers[index] ?? 0 })
        await remove(index)
        await connection.jetstream().publish(subject, data, { headers: header })
      },
      add: async (mark, content) => {
        const lines = headers()
        lines.set(MARK, mark)
        await connection.jetstream().publish(subject, content, { headers: lines })
      },
      drop: async () => {
        await streams.delete(name)
      },
    })
  } finally {
    await connection.close()
  }
}
