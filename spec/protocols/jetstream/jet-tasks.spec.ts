// Exactly once over NATS: a task that dies at any point is taken up where it was, a zombie adds nothing,
// a server that dies and comes back costs time and nothing else.

import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import type { TaskSession } from '#protocols/broker/broker'
import { offset } from '#protocols/core/brands'
import { utf8 } from '#protocols/core/bytes'
import type { JetBroker } from '#protocols/jetstream/jet-broker'
import type { Point } from '#protocols/jetstream/points'
import {
  appendTo,
  changesOf,
  claimOf,
  eventually,
  gather,
  inputAt,
  recordsIn,
  refuses,
  texts,
  transactionOf,
} from '../../contracts/broker-kit.ts'
import { onEveryNats } from '../../kit/nats-programs.ts'
import { type NatsServer, natsSuite } from '../../kit/nats-server.ts'
import { TcpProxy } from '../../kit/tcp-proxy.ts'
import { freshNamespace, jetBroker } from './jet-world.ts'

class Dies extends Error {}

const COMMITS = 4
/** Over the payload limit of this server with two outputs and their changes. */
const LARGE = 'x'.repeat(40_000)

/** What commit number `n` stores: an output in each of two partitions, and a change. */
const step = (n: number) => {
  const size = n % 2 === 0 ? LARGE : ''
  return transactionOf({
    positions: [inputAt(n)],
    changes: changesOf([`k${n}=${n}`]),
    outputs: [
      appendTo('out', 0, [`a=${n}`, `b=${n}${size}`]),
      appendTo('out', 1, [`c=${n}${size}`]),
    ],
    meta: utf8(String(n)),
  })
}

/** Commits what is not committed yet. */
async function goOn(session: TaskSession): Promise<void> {
  const done = session.positions[0]?.next ?? 0
  for (let n = done + 1; n <= COMMITS; n++) await session.commit(step(n))
}

const short = (records: readonly string[]): string[] => records.map((it) => it.slice(0, 3))

async function checkOnce(broker: JetBroker): Promise<void> {
  const numbers = Array.from({ length: COMMITS }, (_, i) => i + 1)
  const zero = short(texts(await recordsIn(broker, 'out', 0)))
  assert.equal(
    zero,
    numbers.flatMap((n) => [`a=${n}`, `b=${n}`]),
  )
  assert.equal(
    short(texts(await recordsIn(broker, 'out', 1))),
    numbers.map((n) => `c=${n}`),
  )
  const { head } = await broker.claim(claimOf('check'))
  const log = broker.commits(claimOf('check'), 'earliest', () => {})
  assert.equal(
    texts(await gather(log, head.next)),
    numbers.map((n) => `k${n}=${n}`),
  )
  assert.is(head.number, COMMITS)
}

const POINTS: readonly Point[] = [
  'claim-stored',
  'part-stored',
  'commit-stored',
  'output-forwarded',
  'all-forwarded',
]

await onEveryNats('jetstream tasks', async ({ program }, ending) => {
  const options = { program, config: 'max_payload: 65536' }
  await natsSuite(`jetstream tasks${ending}`, options, (test, server) => {
    crashLaws(test, server)
    fenceLaws(test, server)
    serverLaws(test, server)
    silenceLaws(test, server)
    partedLaw(test, server)
    roomLaws(test, server)
  })
})

function crashLaws(test: Test, server: NatsServer): void {
  for (const point of POINTS) {
    test(`a task that dies at ${point}, wherever it is then, is repaired by the next owner`, async () => {
      const namespace = freshNamespace()
      const last = await jetBroker(server, { namespace })
      await last.topics.ensure({ name: 'out', partitions: 2 })
      for (let life = 1; life <= 7; life++) {
        let left = life
        const onPoint = (at: Point): void => {
          if (at === point && --left === 0) throw new Dies()
        }
        const broker = await jetBroker(server, { namespace, onPoint })
        try {
          await goOn(await broker.claim(claimOf(`h${life}`)))
        } catch (error) {
          assert.instance(error, Dies)
        }
        await broker.close()
      }
      await goOn(await last.claim(claimOf('last')))
      await checkOnce(last)
      await last.close()
    })
  }

  test('an owner that dies while it repairs leaves the repair to the next', async () => {
    const namespace = freshNamespace()
    const die = async (at: Point, run: (session: TaskSession) => Promise<unknown>) => {
      const onPoint = (point: Point): void => {
        if (point === at) throw new Dies()
      }
      const broker = await jetBroker(server, { namespace, onPoint })
      await broker.topics.ensure({ name: 'out', partitions: 2 })
      const outcome = await broker
        .claim(claimOf('h'))
        .then(run)
        .catch((error: unknown) => error)
      assert.instance(outcome, Dies)
      await broker.close()
    }
    await die('commit-stored', (session) => session.commit(step(1)))
    for (let i = 0; i < 3; i++) await die('claim-stored', async () => {})
    await die('output-forwarded', async () => {})
    const broker = await jetBroker(server, { namespace })
    await goOn(await broker.claim(claimOf('last')))
    await checkOnce(broker)
    await broker.close()
  })
}

function fenceLaws(test: Test, server: NatsServer): void {
  test('a zombie that wakes between commit and forward adds nothing', async () => {
    const namespace = freshNamespace()
    let wake: () => void = () => {}
    let isAsleep: () => void = () => {}
    const asleep = new Promise<void>((resolve) => {
      isAsleep = resolve
    })
    let commits = 0
    const onPoint = (point: Point): Promise<void> | void => {
      if (point !== 'commit-stored' || ++commits < 2) return
      isAsleep()
      return new Promise((resolve) => {
        wake = resolve
      })
    }
    const [old, young] = [
      await jetBroker(server, { namespace, onPoint }),
      await jetBroker(server, { namespace }),
    ]
    await old.topics.ensure({ name: 'out', partitions: 2 })
    const zombie = await old.claim(claimOf('h1'))
    await zombie.commit(step(1))
    const committing = zombie.commit(step(2))
    await asleep
    const owner = await young.claim(claimOf('h2'))
    assert.equal(owner.positions, [inputAt(2)])
    await owner.commit(step(3))
    wake()
    assert.is((await committing).number, 2)
    const error = await refuses('TASK_FENCED', () => zombie.commit(step(3)))
    assert.match(error.message, 'h2')
    for (let n = 4; n <= COMMITS; n++) await owner.commit(step(n))
    await checkOnce(young)
    await Promise.all([old.close(), young.close()])
  })

  test('a commit log that was dropped fences its session, and the next history is forwarded', async () => {
    const namespace = freshNamespace()
    const broker = await jetBroker(server, { namespace })
    await broker.topics.ensure({ name: 'out', partitions: 2 })
    const session = await broker.claim(claimOf('h1'))
    for (const n of [1, 3, 5, 7]) await session.commit(step(n))
    await broker.topics.drop('app.flow.count.changelog')
    await refuses('TASK_FENCED', () => session.commit(step(9)))
    const next = await broker.claim(claimOf('h2'))
    assert.equal([next.epoch, next.positions], [1, []])
    await next.commit(step(1))
    const seen = short(texts(await recordsIn(broker, 'out', 1)))
    assert.equal(seen, ['c=1', 'c=3', 'c=5', 'c=7', 'c=1'])
    await broker.close()
  })
}

function serverLaws(test: Test, server: NatsServer): void {
  test('commits go on over a server that is killed and comes back, each once', async () => {
    const namespace = freshNamespace()
    const broker = await jetBroker(server, { namespace })
    await broker.topics.ensure({ name: 'many', partitions: 1 })
    const reader = broker.reader({ topic: 'many', partition: 0 }, 'earliest', () => {})
    const session = await broker.claim(claimOf('h1'))
    const numbers = Array.from({ length: 120 }, (_, i) => i + 1)
    let end = offset(0)
    for (const n of numbers) {
      const outputs = [appendTo('many', 0, [`a=${n}`])]
      const committing = session.commit(transactionOf({ positions: [inputAt(n)], outputs }))
      // Killed with a commit under way, wherever it has got to.
      if (n % 40 === 20) await server.stop().then(() => server.start())
      end = (await committing).next
    }
    assert.ok(end > 0)
    const bounds = (await broker.topics.describe('many'))?.bounds[0]
    assert.equal(
      texts(await gather(reader, bounds?.next ?? 0)),
      numbers.map((n) => `a=${n}`),
    )
    assert.equal((await broker.claim(claimOf('h2'))).positions, [inputAt(numbers.length)])
    await broker.close()
  })
}

function silenceLaws(test: Test, server: NatsServer): void {
  test('a commit whose answer was lost is found to be stored', async () => {
    const namespace = freshNamespace()
    const proxy = await TcpProxy.open(server.port)
    const [far, near] = [
      await jetBroker(server, { namespace, servers: [proxy.address] }),
      await jetBroker(server, { namespace }),
    ]
    await near.topics.ensure({ name: 'out', partitions: 2 })
    const session = await far.claim(claimOf('h1'))
    const log = near.commits(claimOf('h1'), 'earliest', () => {})
    await session.commit(step(1))
    await gather(log, session.head.next)
    proxy.mute()
    const committing = session.commit(step(3))
    await eventually('the commit', () => log.take(1)[0] ?? null)
    proxy.cut()
    assert.is((await committing).number, 2)
    assert.equal((await near.claim(claimOf('h2'))).positions, [inputAt(3)])
    assert.equal(texts(await recordsIn(near, 'out', 1)), ['c=1', 'c=3'])
    await Promise.all([far.close(), near.close()])
    await proxy.close()
  })

  test('a commit that never came is sent again', async () => {
    const namespace = freshNamespace()
    const proxy = await TcpProxy.open(server.port)
    const broker = await jetBroker(server, { namespace, servers: [proxy.address] })
    await broker.topics.ensure({ name: 'out', partitions: 2 })
    const session = await broker.claim(claimOf('h1'))
    for (let n = 1; n <= COMMITS; n++) {
      const committing = session.commit(step(n))
      proxy.cut()
      assert.is((await committing).number, n)
    }
    await checkOnce(broker)
    await broker.close()
    await proxy.close()
  })

  test('a forward whose answer was lost is found to be stored', async () => {
    const namespace = freshNamespace()
    const proxy = await TcpProxy.open(server.port)
    const onPoint = (point: Point): void => {
      if (point === 'commit-stored') proxy.mute()
    }
    const [far, near] = [
      await jetBroker(server, { namespace, servers: [proxy.address], onPoint }),
      await jetBroker(server, { namespace }),
    ]
    await near.topics.ensure({ name: 'out', partitions: 2 })
    const session = await far.claim(claimOf('h1'))
    const reader = near.reader({ topic: 'out', partition: 1 }, 'earliest', () => {})
    for (let n = 1; n <= COMMITS; n++) {
      const committing = session.commit(step(n))
      // The first of a session asks what was forwarded before, and is sent only after the wire is back.
      if (n > 1) await eventually('a forward', () => reader.take(1)[0] ?? null)
      else await eventually('silence', () => proxy.isMute || null)
      proxy.cut()
      await committing
      if (n === 1) await eventually('a forward', () => reader.take(1)[0] ?? null)
    }
    await checkOnce(near)
    await Promise.all([far.close(), near.close()])
    await proxy.close()
  })
}

function partedLaw(test: Test, server: NatsServer): void {
  test('a host that reaches no server while another takes over adds nothing when it is back', async () => {
    const namespace = freshNamespace()
    const proxy = await TcpProxy.open(server.port)
    const far = await jetBroker(server, { namespace, servers: [proxy.address] })
    const near = await jetBroker(server, { namespace })
    await near.topics.ensure({ name: 'out', partitions: 2 })
    const session = await far.claim(claimOf('h1'))
    await session.commit(step(1))
    proxy.part()
    const zombie = refuses('TASK_FENCED', () => session.commit(step(2)))
    await goOn(await near.claim(claimOf('h2')))
    proxy.mend()
    assert.match((await zombie).message, 'h2')
    await checkOnce(near)
    await Promise.all([far.close(), near.close()])
    await proxy.close()
  })
}

function roomLaws(test: Test, server: NatsServer): void {
  test('a record that no message can hold is refused before anything is stored', async () => {
    const broker = await jetBroker(server, { namespace: freshNamespace() })
    await broker.topics.ensure({ name: 'out', partitions: 1 })
    const session = await broker.claim(claimOf('h1'))
    const outputs = [appendTo('out', 0, ['a=1']), appendTo('out', 0, [`b=${'x'.repeat(70_000)}`])]
    const before = session.head
    await refuses('RECORD_TOO_LARGE', () => session.commit(transactionOf({ outputs })))
    assert.equal(session.head, before)
    assert.equal(await recordsIn(broker, 'out'), [])
    await broker.close()
  })

  test('a full commit log refuses the commit, and nothing of it is stored', async () => {
    const broker = await jetBroker(server, { namespace: freshNamespace(), bytesMax: 20_000 })
    await broker.topics.ensure({ name: 'out', partitions: 1 })
    const session = await broker.claim(claimOf('h1'))
    const big = changesOf([`k=${'x'.repeat(8_000)}`])
    await session.commit(transactionOf({ changes: big }))
    await session.commit(transactionOf({ changes: big }))
    const outputs = [appendTo('out', 0, ['a=1'])]
    await refuses('LOG_FULL', () => session.commit(transactionOf({ changes: big, outputs })))
    assert.equal(await recordsIn(broker, 'out'), [])
    assert.is((await session.commit(transactionOf({ outputs }))).number, 3)
    assert.equal(texts(await recordsIn(broker, 'out')), ['a=1'])
    await broker.close()
  })
}
