// The command, on the documents of a group of which no host runs: what is shown, what a promotion would do,
// and that it is done with --yes alone.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { marksOf, type PlanShape } from '#protocols/messages/plan-shape'
import { GroupOnPaper } from '../../kit/group-on-paper.ts'

const shape = (...stores: string[]): PlanShape => ({
  ...{ topology: 't', topics: {} },
  subtopologies: {
    all: {
      ...{ tasks: 2, sources: ['in'], sinks: [] },
      stores: Object.fromEntries(stores.map((store) => [store, 'keyvalue'])),
    },
  },
})
const [ONE, TWO, THREE] = [shape('a'), shape('a', 'b'), shape('a', 'c')] as const

const group = new GroupOnPaper()
const topologies = { t: { all: 2 } }
const waiting = (is: PlanShape) => ({ t: { is: marksOf(is), on: marksOf(ONE) } })
await group.keep(ONE, 'active')
await group.place({ 't/all/0': 'one', 't/all/1': 'one' })
await group.join('one', { topologies, version: '1', plans: { t: { is: marksOf(ONE) } } })

test('one version is one line, and there is nothing to promote', async () => {
  const lines = (await group.done('upgrade')).split('\n')
  assert.is(lines.length, 2)
  assert.match(lines[1] ?? '', /^t +1 +[0-9a-f]{6} +one +2 of 2 tasks +yes +- +-$/)
  const { code, stderr } = await group.run('upgrade promote t --yes')
  assert.is(code, 1)
  assert.match(stderr, /no shape of topology 't' waits to become active.*\[NOTHING_PENDING\]/)
})

test('a version that waits is shown with whom it waits for, and as JSON', async () => {
  await group.keep(TWO, 'waiting')
  await group.join('two', { topologies, version: '2', plans: waiting(TWO) })
  const lines = (await group.done('upgrade')).split('\n')
  assert.match(lines[2] ?? '', /^t +2 +\w{6} +two +0 of 2 tasks +- +yes +one: runs another$/)
  const { versions } = JSON.parse(await group.done('upgrade show --json'))
  assert.equal(
    versions.map((row: { state: string; hosts: string[] }) => [row.state, ...row.hosts]),
    [
      ['active', 'one'],
      ['pending', 'two'],
    ],
  )
})

test('a promotion is told without --yes, and one of two has to be named', async () => {
  const told = await group.run('upgrade promote t')
  assert.equal([told.code, told.stdout], [2, ''])
  assert.match(
    told.stderr,
    /^t would be version 2, as two runs it, from now on; one gets none of its tasks/,
  )
  assert.match(told.stderr, /the way back would need its own upgrade\n.*say --yes to do it/)
  await group.keep(THREE, 'waiting')
  await group.join('three', { topologies, version: '3', plans: waiting(THREE) })
  const unclear = await group.run('upgrade promote t --yes')
  assert.is(unclear.code, 2)
  assert.match(unclear.stderr, /several shapes of t wait: say --shape \w{6} or \w{6}/)
  assert.equal(await group.active('t'), ONE)
})

test('a topology nobody knows is refused, with those there are', async () => {
  const { code, stderr } = await group.run('upgrade promote tt --yes')
  assert.is(code, 1)
  assert.match(stderr, /named 'tt'.*Topologies: t.*\[TOPOLOGY_UNKNOWN\]/)
})

test('while a host cannot say its shape nothing is promoted', async () => {
  await group.join('four', { topologies })
  const { code, stderr } = await group.run('upgrade promote t --shape 0 --yes')
  assert.is(code, 1)
  assert.match(stderr, /NOTHING_PENDING/)
  const { versions } = JSON.parse(await group.done('upgrade --json'))
  const { shape } = versions.find(({ version }: { version: string }) => version === '2')
  const refused = await group.run(`upgrade promote t --shape ${shape} --yes`)
  assert.match(refused.stderr, /^millrace: four cannot say which shape.*\[HOST_SILENT\]/)
  assert.equal(await group.active('t'), ONE)
  await group.join('four', { topologies: {} })
})

test('with --yes it is active, recorded, and whoever has another is left behind', async () => {
  const { versions } = JSON.parse(await group.done('upgrade --json'))
  const { shape } = versions.find(({ version }: { version: string }) => version === '2')
  const said = await group.done(
    `upgrade promote t --shape ${shape.slice(0, 6)} --yes --reason done`,
  )
  assert.match(said, /^t is version 2, as two runs it, from now on; one, three get none/)
  assert.equal(await group.active('t'), TWO)
  const lines = (await group.done('upgrade')).split('\n').slice(1)
  assert.match(lines.join('\n'), /^t +2 .* yes +- +-\nt +1 .*one: start with the active program\n/)
  assert.match(await group.done('events --kind PROMOTE'), /another shape of topology t .*\(done\)/)
})

test.after(() => group.close())
test.run()
