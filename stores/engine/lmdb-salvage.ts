// Makes a readable directory out of one whose file is damaged: every entry that can still be reached is
// copied to a new file, which then takes the place of the old one. The old one stays beside it, under
// another name, until somebody deletes it.

import { closeSync, fstatSync, openSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openLmdb } from './lmdb.ts'
import { readMeta } from './lmdb-file.ts'
import { type FileDamage, walkFile } from './lmdb-walk.ts'

export interface Salvaged {
  readonly entries: number
  readonly damage: readonly FileDamage[]
  /** Where the damaged file is now. */
  readonly setAside: string
}

const ENTRIES_PER_BODY = 2_000
const BYTES_PER_BODY = 16 * 1024 * 1024

/**
 * Requires: no process has the directory open.
 * @param keepsOld default true; false where what it was made of was set aside already
 * @throws MillraceError LOG_DAMAGED when the file has no head to start from
 */
export async function salvage(
  directory: string,
  { keepsOld = true }: { readonly keepsOld?: boolean } = {},
): Promise<Salvaged> {
  const path = join(directory, 'data.mdb')
  const beside = join(directory, 'salvage')
  rmSync(beside, { recursive: true, force: true })
  const file = openSync(path, 'r')
  const copy = new Copy(beside)
  const damage: FileDamage[] = []
  try {
    const source = { file, meta: readMeta(file, path), bytes: fstatSync(file).size }
    walkFile(source, {
      damage: (it) => damage.push(it),
      entry: (table, key, value) => copy.add(table, key, value),
    })
  } finally {
    closeSync(file)
    await copy.finish()
  }
  const setAside = `${path}.damaged`
  if (keepsOld) renameSync(path, setAside)
  rmSync(join(directory, 'lock.mdb'), { force: true })
  renameSync(join(beside, 'data.mdb'), path)
  rmSync(beside, { recursive: true, force: true })
  return { entries: copy.entries, damage, setAside }
}

interface Held {
  readonly table: string
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** Writes entries to a new engine, many per transaction. */
class Copy {
  entries = 0
  readonly #engine
  #held: Held[] = []
  #bytes = 0

  constructor(directory: string) {
    this.#engine = openLmdb({ directory, kind: 'log', durability: 'os' })
  }

  add(table: string, key: Uint8Array, value: Uint8Array): void {
    this.#held.push({ table, key: Uint8Array.from(key), value: Uint8Array.from(value) })
    this.#bytes += value.length
    if (this.#held.length >= ENTRIES_PER_BODY || this.#bytes >= BYTES_PER_BODY) this.#write()
  }

  async finish(): Promise<void> {
    this.#write()
    // A commit after all others is on disk when they are.
    await this.#engine.commit(() => {})
    await this.#engine.close()
  }

  #write(): void {
    const held = this.#held
    const tables = new Map(held.map(({ table }) => [table, this.#engine.table(table)]))
    this.#engine.transact(() => {
      for (const { table, key, value } of held) {
        if (key.length > 0) tables.get(table)?.put(key, value)
      }
    })
    this.entries += held.length
    this.#held = []
    this.#bytes = 0
  }
}
