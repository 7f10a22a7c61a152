// Where the hosts of an embedded broker can be asked, as files beside its records: a command that finds one
// asks at once, and opens no broker on the way. It is a short cut and no more. The coordination map is what
// counts: who finds no file, or nobody who answers, looks there.
//
//   file    = DIRECTORY "/doors/" APPLICATION "/" HOST
//   content = path of the admin socket of the host
//
// A host writes its own when it answers and takes it away before it leaves; one that is killed leaves it
// behind, and nobody listens at the socket then.

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isGone } from './neighbours.ts'

/** What a host says of itself. */
export interface HostDoor {
  readonly id: string
  /** Path of its admin socket. */
  readonly socket: string
}

const FOLDER = 'doors'

/**
 * Says where a host can be asked, and takes away what killed ones of its application left.
 * @param directory of the broker
 * @returns takes it away again
 */
export async function openDoor(
  directory: string,
  application: string,
  { id, socket }: HostDoor,
): Promise<() => void> {
  const folder = join(directory, FOLDER, application)
  const others = doorsIn(directory, application).filter((door) => door.id !== id)
  const gone = await Promise.all(others.map(async (door) => ((await isGone(door)) ? [door] : [])))
  for (const door of gone.flat()) attempt(() => rmSync(join(folder, door.id), { force: true }))
  const [path, fresh] = [join(folder, id), join(directory, FOLDER, `.${application}.${id}`)]
  attempt(() => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(fresh, socket)
    renameSync(fresh, path)
  })
  return () => attempt(() => rmSync(path, { force: true }))
}

/** Applications of which hosts said where they can be asked; they may be gone. */
export const applicationsWithDoors = (directory: string): readonly string[] =>
  namesIn(join(directory, FOLDER)).filter((name) => !name.startsWith('.'))

/** Hosts of an application that said where they can be asked; they may be gone. */
export const doorsIn = (directory: string, application: string): readonly HostDoor[] => {
  const folder = join(directory, FOLDER, application)
  return namesIn(folder).flatMap((id) => {
    try {
      return [{ id, socket: readFileSync(join(folder, id), 'utf8') }]
    } catch {
      // It left meanwhile, or is another user's.
      return []
    }
  })
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    // No host has been here.
    return []
  }
}

/** A full disk, say, makes the way longer and fails nobody. */
function attempt(act: () => void): void {
  try {
    act()
  } catch {
    // The map says it as well.
  }
}
