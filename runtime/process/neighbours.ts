// Whether another host of this machine still lives: its admin socket tells. The kernel closes a
// socket when its process ends, however it ended, and keeps it while the process is merely stopped; a
// pid could be somebody else's by now.

import { connect } from 'node:net'
import type { Member } from '#protocols/messages/membership'

/** True only when nobody listens where the member said it would. */
export function isGone({ socket }: Member): Promise<boolean> {
  if (socket === '') return Promise.resolve(false)
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
