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

export function taskSettings(options: TaskOptions): TaskSettings {
  return {
    guarantee: options.guarantee ?? 'exactly-once',
    commitIntervalMs: options.commitIntervalMs ?? 100,
    sealIntervalMs: options.sealIntervalMs ?? 5000,
    pendingMax: 100_000,
    maxTaskIdleMs: options.maxTaskIdleMs ?? 0,
    compression: options.compression ?? 'none',
    snapshotBytes: options.snapshotBytes ?? 64 * 1024 * 1024,
  }
}
