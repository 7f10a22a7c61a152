// Sockets as admin servers have them: somebody listens, or was killed and has left one behind.

import { linkSync } from 'node:fs'
import { createServer, type Server } from 'node:net'

export const listening = (socket: string): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer((connection) => connection.destroy())
    server.listen(socket, () => resolve(server))
  })

/** A socket at which a process listened that was killed. (Node takes the path away, a link to it stays.) */
export async function forsaken(socket: string): Promise<string> {
  const server = await listening(socket)
  const left = `${socket}-left`
  linkSync(socket, left)
  await new Promise((resolve) => server.close(resolve))
  return left
}
