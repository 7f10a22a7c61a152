// Snapshots in this process, for specs of those who take them and start from them. Nothing is trimmed.

import type {
  Broker,
  CommitRef,
  Snapshot,
  SnapshotFacts,
  Snapshots,
  TaskName,
} from '#protocols/broker/broker'
import { taskId } from '#protocols/broker/broker'
import { snapshotDamaged } from '#protocols/broker/errors'
import { EMPTY } from '#protocols/core/bytes'
import { commitLog, commitRefOf, decodeCommitHeader } from '#protocols/messages/commit-header'

interface Kept extends Snapshot {
  readonly pieces: readonly Uint8Array[]
}

export class MemorySnapshots implements Snapshots {
  /** Ids of those whose bytes cannot be trusted. */
  readonly damaged = new Set<string>()
  /** What the next `put` meets. */
  refusal: Error | null = null
  readonly #broker: Broker
  readonly #kept = new Map<string, Kept[]>()
  #count = 0

  /** @param broker whose commit logs they are of; one where what was stored is at hand */
  constructor(broker: Broker) {
    this.#broker = broker
  }

  async list(task: TaskName): Promise<readonly Snapshot[]> {
    // TOPIC_UNKNOWN where there is no log.
    this.#broker.commits(task, 'earliest', () => {}).close()
    const kept = this.#kept.get(taskId(task)) ?? []
    return kept
      .filter(({ covers }) => this.#isOnLog(task, covers))
      .map(({ pieces: _, ...snapshot }) => snapshot)
  }

  async put(
    task: TaskName,
    facts: SnapshotFacts,
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<Snapshot | null> {
    const pieces: Uint8Array[] = []
    for await (const piece of bytes) pieces.push(Uint8Array.from(piece))
    if (this.refusal !== null) throw this.refusal
    const [newest] = await this.list(task)
    if (newest !== undefined && newest.covers.next >= facts.covers.next) return null
    if (!this.#isOnLog(task, facts.covers)) return null
    const size = pieces.reduce((sum, { length }) => sum + length, 0)
    const snapshot = { ...facts, id: `s${++this.#count}`, bytes: size }
    const all = [{ ...snapshot, pieces }, ...(this.#kept.get(taskId(task)) ?? [])]
    this.#kept.set(taskId(task), all.slice(0, 2))
    return snapshot
  }

  async *read(task: TaskName, { id }: Snapshot): AsyncGenerator<Uint8Array> {
    const kept = (this.#kept.get(taskId(task)) ?? []).find((it) => it.id === id)
    if (kept === undefined) throw snapshotDamaged(commitLog(task), id, 'it is gone')
    for (const piece of kept.pieces) {
      yield piece
      if (this.damaged.has(id)) throw snapshotDamaged(commitLog(task), id, 'a spec said so')
    }
  }

  #isOnLog(task: TaskName, covers: CommitRef): boolean {
    const reader = this.#broker.commits(task, 'earliest', () => {})
    try {
      for (;;) {
        const batches = reader.take(1 << 20)
        if (batches.length === 0) return false
        for (const { batch, next } of batches) {
          const ref = commitRefOf(decodeCommitHeader(batch.commit ?? EMPTY), next)
          if (next === covers.next) return JSON.stringify(ref) === JSON.stringify(covers)
        }
      }
    } finally {
      reader.close()
    }
  }
}
