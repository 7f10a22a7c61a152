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

/**
 * What can be seen of a member from here. Only who is refused at a socket knows that its host is gone: one
 * that is not to be seen may be in a container that shares the directory of the broker and not this one.
 */
export async function reachOf(
  member: Pick<Member, 'socket'>,
): Promise<'reached' | 'gone' | 'unknown'> {
  const knock = await knockAt(member)
  if (knock === 'open') return 'reached'
  return knock === 'ECONNREFUSED' ? 'gone' : 'unknown'
}

/** True only when it is known; what cannot be looked at goes when nobody renews it. */
export const isGone = async (member: Pick<Member, 'socket'>): Promise<boolean> =>
  (await reachOf(member)) === 'gone'

/** `open`, or the code of what came instead; null: no socket on this machine. */
function knockAt(member: Pick<Member, 'socket'>): Promise<string | null> {
  const socket = socketHere(member)
  if (socket === null) return Promise.resolve(null)
  return new Promise((resolve) => {
    const attempt = connect(socket)
    attempt.once('connect', () => {
      attempt.destroy()
      resolve('open')
    })
    attempt.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? null))
  })
}
