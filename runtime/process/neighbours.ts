// Whether another host of this machine still lives: its admin socket tells. The kernel closes a
// socket when its process ends, however it ended, and keeps it while the process is merely stopped; a
// pid could be somebody else's by now.
//
// Hosts that share a directory are on one machine, and say the path of their socket. Those that meet
// over NATS may be anywhere, and say `machine:path`: what is on another machine cannot be looked at.

import { connect } from 'node:net'
import { hostname } from 'node:os'
import type { Member } from '#protocols/messages/membership'

/** The socket as hosts on any machine may read it. */
export const socketAnywhere = (path: string): string => `${hostname()}:${path}`

/** The path of the member's socket, or null when it has none on this machine. */
export function socketHere({ socket }: Pick<Member, 'socket'>): string | null {
  if (socket === '') return null
  if (socket.startsWith('/')) return socket
  const prefix = `${hostname()}:`
  return socket.startsWith(prefix) ? socket.slice(prefix.length) : null
}

/** True only when nobody listens where the member said it would. */
export function isGone(member: Member): Promise<boolean> {
  const socket = socketHere(member)
  if (socket === null) return Promise.resolve(false)
  return new Promise((resolve) => {
    const attempt = connect(socket)
    attempt.once('connect', () => {
      attempt.destroy()
      resolve(false)
    })
    attempt.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ECONNREFUSED' || error.code === 'ENOENT')
    })
  })
}
