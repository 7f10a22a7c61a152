// Restoring: the commit log of a task, replayed into its stores from their checkpoint to the claim, in
// slices between which others have their turn. Each slice is one engine transaction that moves the
// checkpoint with it, so a replay that is ended early, or dies, goes on from there. Standbys apply the
// same slices, without an end.

import type { Reader, StoredBatch, TaskSession } from '#protocols/broker/broker'
import type { Bell } from '#protocols/core/bell'
import { EMPTY } from '#protocols/core/bytes'
import type { Clock } from '#protocols/core/clock'
import { isMillraceError, MillraceError } from '#protocols/core/errors'
import {
  type CommitHeader,
  comesBefore,
  commitRefOf,
  decodeCommitHeader,
  isSameCommit,
} from '#protocols/messages/commit-header'
import type { LoggedCommit, TaskState } from '#stores/changelog/task-state'

const SLICE_BYTES = 4 * 1024 * 1024

export interface Replay {
  readonly state: TaskState
  readonly session: TaskSession
  readonly clock: Clock
  /** Rung when the log has more; ring it to make a waiting replay look at `isStopped`. */
  readonly arrival: Bell
  isStopped(): boolean
  /** The offset reached, after each slice. */
  onProgress(reached: number): void
}

/**
 * Resolves when the stores are true at the session's head, or when it was stopped.
 * @throws MillraceError STORE_UNTRUSTED when the stores are ahead of the log or too far behind it
 */
export async function replay({ state, session, clock, arrival, ...it }: Replay): Promise<void> {
  const { head } = session
  const { checkpoint, reached } = state
  // The claim itself comes after every commit of this log that the stores have rows of.
  if (reached !== null && !comesBefore(reached, head)) throw storeAhead()
  const reader = session.restore(checkpoint?.next ?? 'earliest', () => arrival.ring())
  try {
    while (reader.position < head.next && !it.isStopped()) {
      if (applyNext(state, reader) === null) await arrival.wait()
      it.onProgress(reader.position)
      await new Promise<void>((resolve) => clock.defer(resolve))
    }
  } finally {
    reader.close()
  }
}

/**
 * Applies commits that a reader of the task's log has at hand, about so many bytes of them.
 * @returns the header of the newest of them; null when there was nothing
 * @throws MillraceError STORE_UNTRUSTED as `replay` does
 */
export function applyNext(
  state: TaskState,
  reader: Reader,
  bytesMax = SLICE_BYTES,
): CommitHeader | null {
  const read = readNext(reader, bytesMax)
  const [first] = read
  if (first === undefined) return null
  const { checkpoint } = state
  if (checkpoint !== null && !comesBefore(checkpoint, first.ref)) throw storeAhead()
  if (!isOfLog(state, read)) throw storeAhead()
  state.apply(read)
  return read.at(-1)?.header ?? null
}

/** Whether the newest commit that the stores have rows of is one of the log, as far as these commits tell. */
function isOfLog({ reached }: TaskState, commits: readonly LoggedCommit[]): boolean {
  if (reached === null) return true
  const there = commits.find(({ ref }) => ref.next >= reached.next)?.ref
  return there === undefined || isSameCommit(reached, there) || comesBefore(reached, there)
}

/** The header of the newest commit a reader has at hand. */
export const lastHeader = (reader: Reader): CommitHeader | null =>
  readNext(reader, 1).at(-1)?.header ?? null

interface ReadCommit extends LoggedCommit {
  readonly header: CommitHeader
}

function readNext(reader: Reader, bytesMax: number): ReadCommit[] {
  try {
    return reader.take(bytesMax).map(asCommit)
  } catch (error) {
    throw isMillraceError(error, 'OFFSET_OUT_OF_RANGE') ? storeBehind(error) : error
  }
}

function asCommit({ next, batch }: StoredBatch): ReadCommit {
  const header = decodeCommitHeader(batch.commit ?? EMPTY)
  return { ref: commitRefOf(header, next), batch, header }
}

export const storeAhead = (): MillraceError =>
  new MillraceError({
    code: 'STORE_UNTRUSTED',
    what: 'the state on disk is not of this commit log, or newer than it',
    retry: 'soon',
  })

const storeBehind = (cause: unknown): MillraceError =>
  new MillraceError({
    code: 'STORE_UNTRUSTED',
    what: 'the commit log no longer reaches the state on disk',
    retry: 'soon',
    cause,
  })
