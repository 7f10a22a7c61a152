// When a task's stores are sealed, and how much of them at a time. A seal of all that waits stops its thread
// for as long as it takes, tens of milliseconds; so it goes in parts, one after each commit, and only where
// memory is at its end all at once.

import type { CommitRef } from '#protocols/broker/broker'
import type { TaskState } from '#stores/changelog/task-state'
import type { TaskSettings } from './settings.ts'

/** A seal is over after so many commits. */
const PARTS = 8

export class Sealing {
  readonly #settings: TaskSettings
  #beganMs: number
  #rows = 0

  constructor(settings: TaskSettings, nowMs: number) {
    this.#settings = settings
    this.#beganMs = nowMs
  }

  /** To be called after each commit. Whether the checkpoint moved. */
  look(state: TaskState, ref: CommitRef, nowMs: number): boolean {
    const { pending } = state
    const { sealIntervalMs, sealRows, pendingMax } = this.#settings
    if (pending >= pendingMax || state.isFull) {
      state.seal(ref)
      this.#beganMs = nowMs
      return true
    }
    if (!state.isSealing) {
      if (nowMs - this.#beganMs < sealIntervalMs && pending < pendingMax / 2) return false
      this.#rows = Math.max(sealRows, Math.ceil(pending / PARTS))
      this.#beganMs = nowMs
    }
    return state.sealSome(ref, this.#rows)
  }
}
