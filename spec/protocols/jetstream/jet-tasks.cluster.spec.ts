// A cluster of three servers that keeps three copies of each stream: who leads one may be killed in the
// middle of a commit, a server may be restarted or parted from the others, the majority may be away: nothing is lost, nothing is
// there twice, and what has to wait says so.

import { suite, type Test } from 'uvu'
import * as assert from 'uvu/assert'
import type { TaskSession } from '#protocols/broker/broker'
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
import { NatsCluster } from '../../kit/nats-cluster.ts'
import { onEveryClustered } from '../../kit/nats-programs.ts'
import type { NatsServer } from '../../kit/nats-server.ts'
import { freshNamespace, type JetOptions, jetBroker } from './jet-world.ts'

await onEveryClustered('jetstream cluster', async ({ program }, ending) => {
  const cluster = await NatsCluster.start(3, program)
  const test = suite(`jetstream cluster${ending}`)
  leaderLaw(test, cluster)
  restartLaw(test, cluster)
  majorityLaw(test, cluster)
  partedLaw(test, cluster)
  copiesLaw(test, program)
  test.run()
})

const step = (n: number) =>
  transactionOf({
    positions: [inputAt(n)],
    changes: changesOf([`k${n}=${n}`]),
    outputs: [appendTo('out', 0, [`a=${n}`]), appendTo('out', 1, [`b=${n}`])],
  })

const upTo = (end: number, letter: string): string[] =>
  Array.from({ length: end }, (_, i) => `${letter}=${i + 1}`)

async function open(cluster: NatsCluster, options: JetOptions): Promise<JetBroker> {
  const [first] = cluster.servers
  if (first === undefined) throw new Error('a cluster has servers')
  return jetBroker(first, { servers: cluster.addresses, replicas: 3, ...options })
}

/** A broker with a topic and a task on it. */
async function begin(
  cluster: NatsCluster,
  options: JetOptions,
): Promise<{ broker: JetBroker; session: TaskSession }> {
  const broker = await open(cluster, options)
  await broker.topics.ensure({ name: 'out', partitions: 2 })
  return { broker, session: await broker.claim(claimOf('h1')) }
}

/** Outputs, changes and positions of commits 1 to `end`, each once. */
async function checkOnce(broker: JetBroker, end: number): Promise<void> {
  assert.equal(texts(await recordsIn(broker, 'out', 0)), upTo(end, 'a'))
  assert.equal(texts(await recordsIn(broker, 'out', 1)), upTo(end, 'b'))
  const next = await broker.claim(claimOf('h2'))
  assert.equal([next.positions, next.head.number], [[inputAt(end)], end])
  const log = broker.commits(claimOf('h2'), 'earliest', () => {})
  const changes = Array.from({ length: end }, (_, i) => `k${i + 1}=${i + 1}`)
  assert.equal(texts(await gather(log, next.head.next)), changes)
}

const LOG = 'changelog'

function leaderLaw(law: Test, cluster: NatsCluster): void {
  law(
    'the leader of a stream killed in the middle of a commit loses and repeats nothing',
    async () => {
      const namespace = freshNamespace()
      let victim: NatsServer | null = null
      let at: Point | null = null
      const onPoint = async (point: Point): Promise<void> => {
        if (point !== at || victim === null) return
        at = null
        await victim.stop()
      }
      const { broker, session } = await begin(cluster, { namespace, onPoint })
      const moments: readonly [Point | 'sent', string][] = [
        ['sent', `${namespace}_app=flow=count=${LOG}`],
        ['commit-stored', `${namespace}_out_`],
      ]
      let n = 0
      for (const [moment, stream] of moments) {
        while (n % 5 !== 4) await session.commit(step(++n))
        victim = await cluster.leaderOf(stream)
        if (moment !== 'sent') at = moment
        const committing = session.commit(step(++n))
        if (moment === 'sent') await victim.stop()
        assert.is((await committing).number, n)
        // Others go on while it is away.
        await session.commit(step(++n))
        await victim.start()
      }
      await checkOnce(broker, n)
      await broker.close()
    },
  )
}

function restartLaw(law: Test, cluster: NatsCluster): void {
  law('servers that are restarted one after the other cost time and nothing else', async () => {
    const namespace = freshNamespace()
    const { broker, session } = await begin(cluster, { namespace })
    let n = 0
    for (const server of cluster.servers) {
      const committing = session.commit(step(++n))
      await server.stop('SIGTERM')
      await committing
      await server.start()
      await session.commit(step(++n))
    }
    await checkOnce(broker, n)
    await broker.close()
  })
}

function majorityLaw(law: Test, cluster: NatsCluster): void {
  law(
    'without a majority a commit waits, says so, and is stored once when it is back',
    async () => {
      const namespace = freshNamespace()
      const told: string[] = []
      const log = { log: (_level: string, code: string) => void told.push(code) }
      const { broker, session } = await begin(cluster, { namespace, log })
      await session.commit(step(1))
      const away = cluster.servers.slice(1)
      await Promise.all(away.map((server) => server.stop()))
      const committing = session.commit(step(2))
      await eventually('a stall', () => told.find((code) => code === 'BROKER_STALLED') ?? null)
      assert.is(session.head.number, 1)
      await Promise.all(away.map((server) => server.start()))
      assert.is((await committing).number, 2)
      await session.commit(step(3))
      await checkOnce(broker, 3)
      // It may have come back before, to another server: the connection was to one that went.
      assert.ok(told.lastIndexOf('BROKER_BACK') > told.indexOf('BROKER_STALLED'), told.join(' '))
      await broker.close()
    },
  )
}

function copiesLaw(law: Test, program: string): void {
  law('streams that were made with fewer copies are told, with how to have more', async () => {
    const cluster = await NatsCluster.start(3, program)
    const namespace = freshNamespace()
    await (await open(cluster, { namespace, replicas: 1 })).close()
    const told: string[] = []
    const log = { log: (_level: string, code: string, line: string) => void told.push(code + line) }
    await (await open(cluster, { namespace, log })).close()
    const line = told.find((it) => it.startsWith('REPLICAS_DIFFER')) ?? ''
    assert.match(line, `nats stream edit ${namespace}_keys --replicas 3`)
    await cluster.stop()
  })
}

/** Who is on the side of the fewer waits and is fenced; the others go on. */
function partedLaw(test: Test, cluster: NatsCluster): void {
  test('a leader that is parted from the others, and its client, add nothing; both go on when it is back', async () => {
    const options = { namespace: freshNamespace() }
    const near = await open(cluster, options)
    await near.topics.ensure({ name: 'out', partitions: 2 })
    await (await near.claim(claimOf('h0'))).close()
    const leader = await cluster.leaderOf(`${options.namespace}_app=flow=count=changelog`)
    const others = cluster.servers.filter((server) => server !== leader)
    const told: string[] = []
    const log = { log: (_level: string, code: string) => void told.push(code) }
    const alone = await open(cluster, { ...options, servers: [leader.address], log })
    const beside = await open(cluster, { ...options, servers: others.map((it) => it.address) })
    const session = await alone.claim(claimOf('h1'))
    await session.commit(step(1))
    cluster.part(leader)
    const zombie = refuses('TASK_FENCED', () => session.commit(step(2)))
    const next = await beside.claim(claimOf('h2'))
    assert.equal(next.positions, [inputAt(1)])
    for (const n of [2, 3, 4]) await next.commit(step(n))
    assert.equal(texts(await recordsIn(beside, 'out')), upTo(4, 'a'))
    await eventually('a stall', () => told.find((code) => code === 'BROKER_STALLED') ?? null)
    cluster.mend(leader)
    assert.match((await zombie).message, 'h2')
    await next.commit(step(5))
    for (const broker of [alone, beside]) {
      assert.equal(texts(await recordsIn(broker, 'out')), upTo(5, 'a'))
      assert.equal(texts(await recordsIn(broker, 'out', 1)), upTo(5, 'b'))
    }
    await Promise.all([near, alone, beside].map((broker) => broker.close()))
  })
}
