// Which processes have a file mapped: on Linux the kernel tells. Elsewhere nobody is found, and the
// help says to stop hosts first.

import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import process from 'node:process'

/** Ids of other processes of this machine that have the file mapped, as far as this user may see. */
export const fileUsers = (file: string): readonly number[] => users(file, (path) => ` ${path}\n`)

/** As `fileUsers`, of any file below the directory. */
export const directoryUsers = (directory: string): readonly number[] =>
  users(directory, (path) => ` ${path}/`)

/** @param shown how what is looked for shows in the list of a process */
function users(place: string, shown: (path: string) => string): readonly number[] {
  try {
    const text = shown(realpathSync(place))
    const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    return ids.map(Number).filter((id) => id !== process.pid && hasMapped(id, text))
  } catch {
    // No such place, or no /proc: nobody can be found.
    return []
  }
}

function hasMapped(id: number, text: string): boolean {
  try {
    return readFileSync(`/proc/${id}/maps`, 'utf8').includes(text)
  } catch {
    // It ended meanwhile, or it is another user's.
    return false
  }
}
