// Restoring: which state on disk is trusted, and how a replay ends before its end.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { replay } from '#actors/task/replay'
import type { CommitRef, Reader, StoredBatch, TaskSession } from '#protocols/broker/broker'
import { Bell } from '#protocols/core/bell'
import { epoch, offset } from '#protocols/core/brands'
import { EMPTY } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import { encodeCommitHeader } from '#protocols/messages/commit-header'
import { BatchBuilder, readBatch } from '#protocols/records/batch'
import { serde } from '#protocols/serdes/serdes'
import { storeOf } from '#stores/changelog/open-store'
import { TaskState } from '#stores/changelog/task-state'
import { memoryEngine } from '#stores/engine/memory'
import type { KeyValueSpec } from '#stores/store'
import { within } from '../../kit/within.ts'
import { machineClock } from '../../stores/log/brokers.ts'
import { failure } from './fake-work.ts'

const ref = (next: number, number: number, at: number, tag: string): CommitRef => ({
  next: offset(next),
  number,
  epoch: epoch(at),
  tag,
  history: '',
})

const COUNTS: KeyValueSpec = {
  ...{ name: 'counts', kind: 'keyvalue' },
  // A spec's serdes are only ever used with the keys and values of its own store.
  key: serde.string() as KeyValueSpec['key'],
  value: serde.string() as KeyValueSpec['value'],
}

function stored({ next, number, epoch, tag, history }: CommitRef): StoredBatch {
  const facts = { kind: 'commit', host: 'h', positions: [], meta: EMPTY } as const
  const commit = encodeCommitHeader({ ...facts, number, epoch, tag, history })
  return { base: offset(next - 1), next, batch: readBatch(new BatchBuilder().finish({ commit })) }
}

interface Log {
  /** The last one is the claim. */
  readonly commits: readonly CommitRef[]
  readonly checkpoint?: CommitRef | undefined
  /** Stores have rows of this commit, in parts of a seal that is not over. */
  readonly reached?: CommitRef
  readonly refusal?: Error
  /** Whether the reader finds what is there. */
  readonly isBlind?: boolean
}

function restoring(log: Log) {
  const state = new TaskState([COUNTS], { disk: memoryEngine(), memory: memoryEngine() })
  if (log.checkpoint !== undefined) state.seal(log.checkpoint)
  if (log.reached !== undefined) {
    for (const key of ['one', 'two']) storeOf(state, 'counts', 'keyvalue').put(key, key)
    state.stage()
    assert.is(state.sealSome(log.reached, 1), false)
  }
  const head = log.commits.at(-1) ?? ref(0, 0, 0, '')
  let position = log.checkpoint?.next ?? offset(0)
  let isStopped = false
  const reader: Reader = {
    get position() {
      return position
    },
    take() {
      if (log.refusal !== undefined) throw log.refusal
      const found = log.commits.filter(({ next }) => next > position)
      if (log.isBlind === true) return []
      position = found.at(-1)?.next ?? position
      return found.map(stored)
    },
    end: () => head.next,
    behind: (from) => head.next - from,
    seek() {},
    close() {},
  }
  const session = { head, restore: () => reader } as unknown as TaskSession // all a replay uses
  const arrival = new Bell()
  const done = replay({
    state,
    session,
    clock: machineClock,
    arrival,
    isStopped: () => isStopped,
    onProgress() {},
  })
  const stop = (): void => {
    isStopped = true
    arrival.ring()
  }
  return { state, stop, done: within(20_000, 'the replay', done) }
}

async function outcome(log: Log): Promise<string> {
  try {
    await restoring(log).done
    return 'restored'
  } catch (error) {
    return isMillraceError(error) ? error.code : String(error)
  }
}

const history = [ref(1, 0, 1, 'a'), ref(2, 1, 1, 'a'), ref(5, 2, 1, 'a'), ref(6, 2, 2, 'b')]

test('a replay leaves the stores true at the claim, from nothing or from any checkpoint of the log', async () => {
  for (const checkpoint of [undefined, ...history.slice(0, -1)]) {
    const { state, done } = restoring({ commits: history, ...(checkpoint && { checkpoint }) })
    await done
    assert.equal(state.checkpoint, ref(6, 2, 2, 'b'))
  }
})

test('a checkpoint the log never had is not trusted', async () => {
  const strangers = {
    'a newer number': ref(5, 3, 1, 'a'),
    'a later place': ref(7, 2, 1, 'a'),
    'the place of the claim': ref(6, 2, 2, 'x'),
    'a later epoch': ref(5, 2, 3, 'c'),
    'another history with the same numbers': ref(2, 1, 1, 'x'),
  }
  for (const [what, checkpoint] of Object.entries(strangers)) {
    assert.is(await outcome({ commits: history, checkpoint }), 'STORE_UNTRUSTED', what)
  }
})

test('rows of a commit the log never had are not trusted, though the checkpoint is the log’s', async () => {
  const [checkpoint] = history
  for (const reached of history.slice(1, -1)) {
    assert.is(await outcome({ commits: history, checkpoint, reached }), 'restored')
  }
  const strangers = [ref(5, 2, 1, 'other'), ref(7, 3, 1, 'a'), ref(5, 3, 1, 'a')]
  for (const reached of strangers) {
    const ran = await outcome({ commits: history, checkpoint, reached })
    assert.is(ran, 'STORE_UNTRUSTED', JSON.stringify(reached))
  }
})

test('stores of a log that was reset are not trusted, however far the new one is by now', async () => {
  const anew = history.map((it) => ({ ...it, history: 'new' }))
  for (const checkpoint of history) {
    const ran = await outcome({ commits: anew, checkpoint })
    assert.is(ran, 'STORE_UNTRUSTED', `number ${checkpoint.number}`)
  }
})

test('commits that compaction merged may be missing in between', async () => {
  const commits = [ref(9, 7, 1, 'a'), ref(10, 7, 2, 'b')]
  assert.is(await outcome({ commits, checkpoint: ref(2, 1, 1, 'a') }), 'restored')
})

test('a log that no longer reaches back to the checkpoint makes the stores untrusted', async () => {
  const refusal = failure('OFFSET_OUT_OF_RANGE')
  assert.is(await outcome({ commits: history, refusal }), 'STORE_UNTRUSTED')
  assert.is(await outcome({ commits: history, refusal: failure('BATCH_CORRUPT') }), 'BATCH_CORRUPT')
})

test('a log that was trimmed is not taken for one that begins there', async () => {
  assert.is(await outcome({ commits: history, refusal: failure('LOG_TRIMMED') }), 'LOG_TRIMMED')
})

test('a replay that waits for its log can be stopped', async () => {
  const { state, stop, done } = restoring({ commits: history, isBlind: true })
  await new Promise((resolve) => setImmediate(resolve))
  stop()
  await done
  assert.is(state.checkpoint, null)
})

test.run()
