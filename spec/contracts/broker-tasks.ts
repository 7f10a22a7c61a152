// Laws of tasks: claims, the fence, commits that are whole or nothing, restoring.

import * as assert from 'uvu/assert'
import type { Broker, Reader } from '#protocols/broker/broker'
import { type Offset, offset } from '#protocols/core/brands'
import { EMPTY, fromUtf8, utf8 } from '#protocols/core/bytes'
import { type CommitHeader, commitLog, decodeCommitHeader } from '#protocols/messages/commit-header'
import {
  appendTo,
  Bell,
  changesOf,
  claimOf,
  type Declare,
  endOf,
  eventually,
  gather,
  inputAt,
  recordsIn,
  refuses,
  texts,
  transactionOf,
} from './broker-kit.ts'

export function taskLaws(law: Declare): void {
  claimLaws(law)
  commitLaws(law)
  logLaws(law)
  fenceLaws(law)
}

function claimLaws(law: Declare): void {
  law('the first claim finds nothing, the next what was committed', async (world) => {
    const broker = await prepared(await world.open())
    const first = await broker.claim(claimOf('h1'))
    assert.is(first.epoch, 1)
    assert.is(first.head.number, 0)
    assert.equal([first.positions, first.meta], [[], EMPTY])
    const ref = await first.commit(transactionOf({ positions: [inputAt(7)], meta: utf8('meta') }))
    assert.is(ref.number, 1)
    const second = await broker.claim(claimOf('h2'))
    assert.is(second.epoch, 2)
    assert.is(second.head.number, 1)
    assert.equal(second.positions, [inputAt(7)])
    assert.is(fromUtf8(second.meta), 'meta')
    assert.ok(second.head.next > ref.next)
    assert.is.not(second.head.tag, first.head.tag)
  })

  law('claims of two partitions do not touch one another', async (world) => {
    const broker = await prepared(await world.open())
    const [zero, one] = [await broker.claim(claimOf('h1', 0)), await broker.claim(claimOf('h2', 1))]
    assert.equal([zero.epoch, one.epoch], [1, 1])
    await zero.commit(transactionOf())
    await one.commit(transactionOf())
  })

  law(
    'claims at the same time get epochs of their own, and one of them may commit',
    async (world) => {
      const brokers = [await prepared(await world.open()), await world.open()]
      const sessions = await Promise.all(
        [...brokers, ...brokers].map((broker, i) => broker.claim(claimOf(`h${i}`))),
      )
      assert.equal(sessions.map(({ epoch }) => epoch).sort(), [1, 2, 3, 4])
      const outcomes = await Promise.allSettled(
        sessions.map((session) => session.commit(transactionOf())),
      )
      const winners = sessions.filter((_, i) => outcomes[i]?.status === 'fulfilled')
      assert.equal(
        winners.map(({ epoch }) => epoch),
        [4],
      )
    },
  )

  law('a partition beyond the count is refused', async (world) => {
    const broker = await world.open()
    await refuses('TOPIC_INVALID', () => broker.claim({ ...claimOf('h1'), partition: 2 }))
  })
}

function commitLaws(law: Declare): void {
  law('outputs, changes and positions of a commit are there together', async (world) => {
    const [broker, other] = [await prepared(await world.open()), await world.open()]
    const session = await broker.claim(claimOf('h1'))
    await session.commit(
      transactionOf({
        positions: [inputAt(3)],
        changes: changesOf(['k=1']),
        outputs: [appendTo('out', 0, ['a=1', 'b=2']), appendTo('out', 1, ['c=3'])],
      }),
    )
    assert.equal(texts(await recordsIn(other, 'out', 0)), ['a=1', 'b=2'])
    assert.equal(texts(await recordsIn(other, 'out', 1)), ['c=3'])
    const log = other.commits(claimOf('h1'), 'earliest', () => {})
    assert.equal(texts(await gather(log, session.head.next)), ['k=1'])
    assert.equal((await other.claim(claimOf('h2'))).positions, [inputAt(3)])
  })

  law(
    'a commit that cannot store one output stores nothing, and the session goes on',
    async (world) => {
      const broker = await prepared(await world.open())
      const session = await broker.claim(claimOf('h1'))
      const before = session.head
      const outputs = [appendTo('out', 0, ['a=1']), appendTo('none', 0, ['b=2'])]
      await refuses('TOPIC_UNKNOWN', () =>
        session.commit(transactionOf({ outputs, changes: changesOf(['k=1']) })),
      )
      assert.equal(await recordsIn(broker, 'out'), [])
      assert.equal(session.head, before)
      await session.commit(transactionOf({ outputs: [appendTo('out', 0, ['c=3'])] }))
      assert.equal(texts(await recordsIn(broker, 'out')), ['c=3'])
    },
  )

  law('a transaction that was refused may be committed again, changes and all', async (world) => {
    const broker = await prepared(await world.open())
    const session = await broker.claim(claimOf('h1'))
    const outputs = [appendTo('late', 0, ['b=2'])]
    const transaction = transactionOf({ outputs, changes: changesOf(['k=1']) })
    await refuses('TOPIC_UNKNOWN', () => session.commit(transaction))
    await broker.topics.ensure({ name: 'late', partitions: 1 })
    const ref = await session.commit(transaction)
    assert.is(ref.number, 1)
    const log = session.restore('earliest', () => {})
    assert.equal(texts(await gather(log, ref.next)), ['k=1'])
    assert.equal(texts(await recordsIn(broker, 'late')), ['b=2'])
  })
}

function logLaws(law: Declare): void {
  law('the commit log tells each commit: who, which, and where the inputs are', async (world) => {
    const broker = await prepared(await world.open())
    const session = await broker.claim(claimOf('h1'))
    const refs = [session.head]
    for (const next of [5, 9]) {
      const changes = next === 5 ? changesOf(['k=1', 'l=2']) : null
      refs.push(await session.commit(transactionOf({ positions: [inputAt(next)], changes })))
    }
    const seen = await headers(
      session.restore('earliest', () => {}),
      session.head.next,
    )
    assert.equal(
      seen.map(({ kind, number, next }) => [kind, number, next]),
      refs.map(({ number, next }, i) => [i === 0 ? 'claim' : 'commit', number, next]),
    )
    assert.equal(seen.at(-1)?.positions, [inputAt(9)])
    assert.equal(new Set(seen.map(({ tag }) => tag)).size, 1)
    assert.is(seen[0]?.host, 'h1')
  })

  law(
    "the end of a commit log is its owner's newest commit, and where a follower gets to",
    async (world) => {
      const broker = await prepared(await world.open())
      const other = await world.open()
      const { topic, partition } = commitLog(claimOf('h1'))
      const end = async () => (await other.topics.describe(topic))?.bounds[partition]?.next
      const session = await broker.claim(claimOf('h1'))
      assert.is(await end(), session.head.next)
      for (const text of ['one', 'two']) {
        const ref = await session.commit(
          transactionOf({ changes: changesOf([text]), outputs: [appendTo('out', 0, [text])] }),
        )
        assert.equal([await end(), session.head.next], [ref.next, ref.next])
      }
      const bell = new Bell()
      const follower = other.commits(claimOf('h1'), 'earliest', bell.ring)
      while (follower.position < session.head.next) {
        if (follower.take(1024).length === 0) await bell.next()
      }
      assert.is(follower.position, await end())
      follower.close()
    },
  )

  law('a follower of the commit log is rung by a commit', async (world) => {
    const [broker, other] = [await prepared(await world.open()), await world.open()]
    const session = await broker.claim(claimOf('h1'))
    const bell = new Bell()
    const follower = other.commits(claimOf('h1'), 'earliest', bell.ring)
    await gather(follower, session.head.next)
    assert.equal(follower.take(1), [])
    const before = bell.rings
    const ref = await session.commit(transactionOf({ changes: changesOf(['k=1']) }))
    await eventually('a ring', () => (bell.rings > before ? true : null))
    assert.equal(texts(await gather(follower, ref.next)), ['k=1'])
  })
}

function fenceLaws(law: Declare): void {
  law('a zombie may compute but never commit, and is told by whom', async (world) => {
    const [old, young] = [await prepared(await world.open()), await world.open()]
    const zombie = await old.claim(claimOf('h1'))
    await zombie.commit(transactionOf({ positions: [inputAt(1)] }))
    const owner = await young.claim(claimOf('h2'))
    const outputs = [appendTo('out', 0, ['zombie=1'])]
    const error = await refuses('TASK_FENCED', () => zombie.commit(transactionOf({ outputs })))
    assert.match(error.message, 'h2')
    await owner.commit(transactionOf({ positions: [inputAt(2)] }))
    await refuses('TASK_FENCED', () => zombie.commit(transactionOf({ outputs })))
    assert.equal(await recordsIn(old, 'out'), [])
    assert.equal((await young.claim(claimOf('h3'))).positions, [inputAt(2)])
  })

  law(
    'of a claim and a commit at the same time one comes first, and both know it',
    async (world) => {
      const [old, young] = [await prepared(await world.open()), await world.open()]
      for (let round = 0; round < 10; round++) {
        const session = await old.claim(claimOf('h1'))
        const [commit, claim] = await Promise.allSettled([
          session.commit(transactionOf({ positions: [inputAt(round + 1)] })),
          young.claim(claimOf('h2')),
        ])
        assert.is(claim.status, 'fulfilled')
        const found = claim.status === 'fulfilled' ? claim.value.positions[0]?.next : undefined
        if (commit.status === 'fulfilled') assert.is(found, round + 1)
        else assert.is.not(found, round + 1)
      }
    },
  )

  law(
    'a log that was dropped fences its session, and begun anew is another history',
    async (world) => {
      const [old, young] = [await prepared(await world.open()), await world.open()]
      const zombie = await old.claim(claimOf('h1'))
      await zombie.commit(transactionOf({ positions: [inputAt(7)] }))
      await young.topics.drop(commitLog(claimOf('h1')).topic)
      const owner = await young.claim(claimOf('h2'))
      assert.equal([owner.epoch, owner.head.number, owner.positions], [1, 0, []])
      assert.is.not(owner.head.history, zombie.head.history)
      // As far as the old one was: numbers alone do not tell the two apart.
      const ref = await owner.commit(transactionOf({ positions: [inputAt(1)] }))
      assert.equal([ref.next, ref.history], [zombie.head.next, owner.head.history])
      const outputs = [appendTo('out', 0, ['zombie=1'])]
      await refuses('TASK_FENCED', () => zombie.commit(transactionOf({ outputs })))
      await owner.commit(transactionOf({ positions: [inputAt(2)] }))
      assert.equal(await recordsIn(old, 'out'), [])
      const heir = await old.claim(claimOf('h3'))
      assert.equal([heir.head.history, heir.positions], [owner.head.history, [inputAt(2)]])
    },
  )

  law('two commits of one session at once are a broken belief', async (world) => {
    const broker = await prepared(await world.open())
    const session = await broker.claim(claimOf('h1'))
    const first = session.commit(transactionOf())
    const error = await session.commit(transactionOf()).catch((thrown: unknown) => thrown)
    assert.is((error as Error).name, 'AssertionFailed') // what a broken belief throws
    await first
  })
}

async function prepared(broker: Broker): Promise<Broker> {
  await broker.topics.ensure({ name: 'out', partitions: 2 })
  return broker
}

async function headers(reader: Reader, until: number) {
  const found: (CommitHeader & { readonly next: Offset })[] = []
  return eventually(`the commit log up to ${until}`, () => {
    for (const { batch, next } of reader.take(1 << 20)) {
      found.push({ ...decodeCommitHeader(batch.commit ?? EMPTY), next })
    }
    return reader.position >= until ? found : null
  })
}

/** Of brokers that store outputs with the commit. */
export function guardLaw(law: Declare): void {
  law('an output that expects another end refuses the commit', async (world) => {
    const broker = await prepared(await world.open())
    const session = await broker.claim(claimOf('h1'))
    const guarded = { ...appendTo('out', 0, ['a=1']), expectedNext: offset(5) }
    await refuses('APPEND_CONFLICT', () => session.commit(transactionOf({ outputs: [guarded] })))
    const expectedNext = await endOf(broker, 'out')
    const right = { ...appendTo('out', 0, ['a=1']), expectedNext }
    await session.commit(transactionOf({ outputs: [right] }))
    assert.equal(texts(await recordsIn(broker, 'out')), ['a=1'])
  })
}

/** Of brokers that store outputs after the commit, when no guard of theirs can undo it. */
export function noGuardLaw(law: Declare): void {
  law(
    'an output that expects an end is refused, and nothing of its commit is stored',
    async (world) => {
      const broker = await prepared(await world.open())
      const session = await broker.claim(claimOf('h1'))
      const before = session.head
      const guarded = { ...appendTo('out', 0, ['a=1']), expectedNext: offset(0) }
      const outputs = [appendTo('out', 0, ['b=2']), guarded]
      await refuses('GUARD_UNSUPPORTED', () => session.commit(transactionOf({ outputs })))
      assert.equal([session.head, await recordsIn(broker, 'out')], [before, []])
    },
  )
}
