// What a task that moves waits for: questions to NATS that do not need one another's answers are asked
// at once. Each law holds every answer back and looks at what is asked all the same.

import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import type { JetBroker } from '#protocols/jetstream/jet-broker'
import { baseOf, nextOf } from '#protocols/jetstream/names'
import { commitLog, decodeCommitHeader } from '#protocols/messages/commit-header'
import {
  appendTo,
  changesOf,
  claimOf,
  endOf,
  eventually,
  gather,
  inputAt,
  NEVER_MS,
  recordsIn,
  refuses,
  texts,
  transactionOf,
} from '../../contracts/broker-kit.ts'
import { natsSuite } from '../../kit/nats-server.ts'
import { TcpProxy } from '../../kit/tcp-proxy.ts'
import { within } from '../../kit/within.ts'
import { EAGER, freshNamespace, jetBroker } from './jet-world.ts'

interface World {
  readonly broker: JetBroker
  /** Hears whatever is kept from `broker`. */
  readonly other: JetBroker
  /** What comes of something that is not answered before it asked all of this. */
  asks<T>(subjects: readonly RegExp[], act: () => Promise<T>): Promise<T>
}

const KEYS = /MSG\.GET\.\w+_keys$/
const LOG = /MSG\.GET\.\S+changelog_/

await natsSuite('round trips', {}, (test, server) => {
  const law = (title: string, body: (world: World) => Promise<void>): void => {
    test(title, async () => {
      const namespace = freshNamespace()
      const proxy = await TcpProxy.open(server.port)
      const broker = await jetBroker(server, { namespace, servers: [proxy.address] })
      const other = await jetBroker(server, { namespace, compaction: EAGER })
      const asks: World['asks'] = async (subjects, act) => {
        proxy.mute()
        const acting = act()
        acting.catch(() => {}) // the law awaits it
        await within(NEVER_MS, `asked: ${subjects.join(', ')}`, proxy.published(subjects))
        proxy.cut()
        return acting
      }
      try {
        await body({ broker, other, asks })
      } finally {
        await broker.close()
        await other.close()
        await proxy.close()
      }
    })
  }

  keyLaws(law)
  taskLaws(law)
  sessionLaws(law)
})

type Declare = (title: string, body: (world: World) => Promise<void>) => void

function keyLaws(law: Declare): void {
  law('a key that is known is rewritten without a look at the map', async ({ broker, asks }) => {
    const { keys } = broker
    const expect = await keys.put('k', utf8('1'))
    await asks([/\.k\.u~3ak$/], () => keys.put('k', utf8('2'), { expect }))
    assert.equal((await keys.get('k'))?.value, utf8('2'))
  })

  law('and is refused where another rewrote it unheard', async ({ broker, other, asks }) => {
    const { keys } = broker
    const expect = await keys.put('k', utf8('1'))
    const write = async () => {
      await other.keys.put('k', utf8('theirs'))
      await keys.put('k', utf8('2'), { expect })
    }
    await refuses('KEY_CONFLICT', () => asks([/\.k\.u~3ak$/], write))
    assert.equal((await keys.get('k'))?.value, utf8('theirs'))
  })
}

function taskLaws(law: Declare): void {
  law('a claim looks at the map and at the log at once', async ({ broker, other, asks }) => {
    const first = await other.claim(claimOf('a'))
    await first.commit(transactionOf({ positions: [inputAt(1)] }))
    await broker.keys.get('what there is is known')
    const session = await asks([KEYS, LOG], () => broker.claim(claimOf('b')))
    assert.is(session.epoch, first.epoch + 1)
    assert.equal(session.positions, [inputAt(1)])
  })

  law('and finds the log that was made anew meanwhile', async ({ broker, other, asks }) => {
    await other.claim(claimOf('a'))
    await broker.keys.get('what there is is known')
    const { topic } = commitLog(claimOf('a'))
    const claim = async () => {
      await other.topics.drop(topic)
      await other.claim(claimOf('a'))
      return broker.claim(claimOf('b'))
    }
    const session = await asks([KEYS, LOG], claim)
    await session.commit(transactionOf({ positions: [inputAt(1)] }))
    assert.is((await other.claim(claimOf('c'))).epoch, session.epoch + 1)
  })

  law(
    'a reader asks for records before it knows floor and end',
    async ({ broker, other, asks }) => {
      await broker.topics.ensure({ name: 'out', partitions: 1 })
      await other.producer().append([appendTo('out', 0, ['a=1'])])
      await other.producer().append([appendTo('out', 0, ['b=2'])])
      const from = nextOf(1, 1)
      const subjects = [KEYS, /MSG\.GET\.\w+_out_/, /CONSUMER\.CREATE\.\w+_out_/]
      const reader = await asks(subjects, async () =>
        broker.reader({ topic: 'out', partition: 0 }, from, () => {}),
      )
      assert.equal(texts(await gather(reader, baseOf(2) + 1)), ['b=2'])
    },
  )

  law('so does a reader of a commit log that has some of it', async ({ broker, other, asks }) => {
    const session = await other.claim(claimOf('a'))
    const { next } = await session.commit(transactionOf({ changes: changesOf(['k=1']) }))
    const end = await session.commit(transactionOf({ changes: changesOf(['k=2']) }))
    // Who read of it before knows its streams.
    const before = broker.commits(claimOf('a'), 'earliest', () => {})
    await gather(before, end.next)
    before.close()
    const subjects = [KEYS, LOG, /CONSUMER\.CREATE\.\S+changelog_/]
    const reader = await asks(subjects, async () => broker.commits(claimOf('a'), next, () => {}))
    assert.equal(texts(await gather(reader, end.next)), ['k=2'])
  })

  law(
    'and one of a table that was compacted unheard is given what became of it',
    async ({ broker, other, asks }) => {
      const at = { topic: 'table', partition: 0 }
      await other.topics.ensure({ name: 'table', partitions: 1, cleanup: 'compact' })
      for (const row of ['a=1', 'b=1', 'a=2', 'b=2', 'c=1']) {
        await other.producer().append([appendTo('table', 0, [row])])
      }
      const end = await endOf(other, 'table')
      await recordsIn(broker, 'table')
      const subjects = [KEYS, /MSG\.GET\.\w+_table_/, /CONSUMER\.CREATE\.\w+_table_/]
      const reader = await asks(subjects, async () => {
        await other.maintain()
        return broker.reader(at, nextOf(1, 1), () => {})
      })
      assert.equal(await gather(reader, end), (await recordsIn(other, 'table')).slice(-3))
    },
  )
}

function sessionLaws(law: Declare): void {
  law('who has all but the claim restores without a question', async ({ broker, other, asks }) => {
    const first = await other.claim(claimOf('a'))
    const { next } = await first.commit(transactionOf({ changes: changesOf(['k=1']) }))
    const session = await broker.claim(claimOf('b'))
    const restored = await asks([], async () => {
      const log = session.restore(next, () => {})
      const taken = log.take(1)
      assert.is(log.position, session.head.next)
      return { log, taken }
    })
    const [claim] = restored.taken
    assert.is(claim?.next, session.head.next)
    const header = decodeCommitHeader(claim?.batch.commit ?? new Uint8Array(0))
    assert.equal([header.kind, header.host, header.epoch], ['claim', 'b', session.epoch])
    const read = broker.commits(claimOf('b'), next, () => {})
    const stored = await eventually('the claim', () => read.take(1)[0] ?? null)
    assert.equal([claim?.base, claim?.next], [stored.base, stored.next])
    assert.equal(claim?.batch.commit, stored.batch.commit)
    read.close()
    // What comes later comes as to any other reader.
    const { next: end } = await session.commit(transactionOf({ changes: changesOf(['k=2']) }))
    assert.equal(texts(await gather(restored.log, end)), ['k=2'])
    restored.log.close()
  })

  law('who has less than that is given all that it lacks', async ({ broker, other }) => {
    const first = await other.claim(claimOf('a'))
    const { next } = await first.commit(transactionOf({ changes: changesOf(['k=1']) }))
    await first.commit(transactionOf({ changes: changesOf(['k=2']) }))
    const session = await broker.claim(claimOf('b'))
    for (const [from, found] of [
      ['earliest', ['k=1', 'k=2']],
      [next, ['k=2']],
    ] as const) {
      const log = session.restore(from, () => {})
      assert.equal(texts(await gather(log, session.head.next)), found)
      log.close()
    }
  })

  law('a commit asks what was forwarded last while it is stored', async ({ broker, asks }) => {
    await broker.topics.ensure({ name: 'out', partitions: 1 })
    const session = await broker.claim(claimOf('a'))
    const outputs = [appendTo('out', 0, ['a=1'])]
    await asks([/changelog\.0\.c$/, /MSG\.GET\.\w+_out_/], () =>
      session.commit(transactionOf({ positions: [inputAt(1)], outputs })),
    )
    assert.equal(texts(await recordsIn(broker, 'out')), ['a=1'])
  })

  law(
    'a first commit asks for all the topics it writes at once',
    async ({ broker, other, asks }) => {
      for (const name of ['out', 'off']) await other.topics.ensure({ name, partitions: 1 })
      const session = await broker.claim(claimOf('a'))
      const outputs = [appendTo('out', 0, ['a=1']), appendTo('off', 0, ['b=2'])]
      await asks([/INFO\.\w+_out_/, /INFO\.\w+_off_/], () =>
        session.commit(transactionOf({ positions: [inputAt(1)], outputs })),
      )
      assert.equal(texts(await recordsIn(broker, 'off')), ['b=2'])
    },
  )
}
