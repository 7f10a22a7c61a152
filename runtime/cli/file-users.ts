// Which processes have a file mapped: on Linux the kernel tells. Elsewhere nobody is found, and the
// help says to stop hosts first.

import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import process from 'node:process'

/** Ids of other processes of this machine that have the file mapped, as far as this user may see. */
export function fileUsers(file: string): readonly number[] {
  try {
    const path = realpathSync(file)
    const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    return ids.map(Number).filter((id) => id !== process.pid && hasMapped(id, path))
  } catch {
    // No such file, or no /proc: nobody can be found.
    return []
  }
}

function hasMapped(id: number, path: string): boolean {
  try {
    return readFileSync(`/proc/${id}/maps`, 'utf8').includes(` ${path}\n`)
  } catch {
    // It ended meanwhile, or it is another user's.
    return false
  }
}
