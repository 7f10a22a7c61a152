// How tasks of a host work, where the user does not say.

import type { TaskSettings } from '#actors/task/settings'

export type TaskOptions = {
  readonly [Name in
    | 'guarantee'
    | 'commitIntervalMs'
    | 'sealIntervalMs'
    | 'maxTaskIdleMs'
    | 'compression'
    | 'snapshotBytes']?: TaskSettings[Name] | undefined
}

const SNAPSHOT_BYTES = 64 * 1024 * 1024

/**
 * @param isTrimmed whether commit logs grow until snapshots cover them. Elsewhere a snapshot only helps a
 *   host without state to begin sooner, and costs room and time: it is taken where that is asked for
 */
export function taskSettings(options: TaskOptions, isTrimmed = false): TaskSettings {
  return {
    guarantee: options.guarantee ?? 'exactly-once',
    commitIntervalMs: options.commitIntervalMs ?? 100,
    sealIntervalMs: options.sealIntervalMs ?? 5000,
    sealRows: 512,
    pendingMax: 100_000,
    maxTaskIdleMs: options.maxTaskIdleMs ?? 0,
    compression: options.compression ?? 'none',
    snapshotBytes: options.snapshotBytes ?? (isTrimmed ? SNAPSHOT_BYTES : 0),
  }
}
