// Reads every snapshot that the log names, and says which are not what was stored. One that is gone is no
// damage: a copy of a log comes without the files.

import { asBuffer } from '#protocols/core/bytes'
import { partitionName } from '#protocols/records/record'
import type { Topic } from './catalog.ts'
import type { LogTables } from './layout.ts'
import type { LogProblem } from './log-problem.ts'
import { readSnapshot } from './log-snapshots.ts'
import { FileDamaged, SnapshotFiles } from './snapshot-files.ts'

export interface SnapshotsFound {
  readonly snapshots: number
  readonly snapshotBytes: number
  readonly problems: readonly LogProblem[]
  /** Keys of rows whose file is damaged, and the file; null where the row itself cannot be read. */
  readonly damaged: readonly { readonly key: Uint8Array; readonly id: string | null }[]
}

export async function checkSnapshots(
  directory: string,
  tables: LogTables,
  topics: readonly Topic[],
): Promise<SnapshotsFound> {
  const files = new SnapshotFiles(directory, false)
  const names = new Map(topics.map(({ id, spec }) => [id, spec.name]))
  const problems: LogProblem[] = []
  const damaged: { key: Uint8Array; id: string | null }[] = []
  let snapshots = 0
  let snapshotBytes = 0
  for (const { key } of [...tables.snapshots.range()]) {
    const view = asBuffer(key)
    const topic = names.get(view.readUInt32BE(0))
    if (topic === undefined) continue
    const at = { topic, partition: view.readUInt16BE(4) }
    const kept = readSnapshot(tables, key)
    if (kept !== null && files.sizeOf(kept.id) === null) continue
    snapshots++
    snapshotBytes += kept?.bytes ?? 0
    const what =
      kept === null
        ? 'its row cannot be read'
        : await damageOf(files.prove(files.path(kept.id), kept))
    if (what === null) continue
    const where = `snapshot of ${partitionName(at)}`
    problems.push({ code: 'SNAPSHOT_DAMAGED', what, where, ...at })
    damaged.push({ key, id: kept?.id ?? null })
  }
  return { snapshots, snapshotBytes, problems, damaged }
}

async function damageOf(bytes: AsyncIterable<Uint8Array>): Promise<string | null> {
  try {
    for await (const _ of bytes);
    return null
  } catch (error) {
    if (error instanceof FileDamaged) return error.message
    throw error
  }
}

/** Removes what was found damaged: it is taken again, and the log has the state meanwhile. */
export async function removeDamaged(
  directory: string,
  tables: LogTables,
  { damaged }: SnapshotsFound,
): Promise<void> {
  const files = new SnapshotFiles(directory, false)
  for (const { key, id } of damaged) {
    tables.snapshots.delete(key)
    if (id !== null) await files.remove(id)
  }
}
