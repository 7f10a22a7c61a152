// Internal topics without use are shown, and dropped when that is said and somebody runs who would know.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { planKey } from '#protocols/messages/membership'
import { GroupOnPaper } from '../../kit/group-on-paper.ts'

test('orphaned topics are shown, and dropped with --yes while a host runs', async () => {
  const group = new GroupOnPaper()
  const { topics, keys } = group.broker
  for (const name of ['app.flow.all.changelog', 'app.old.all.changelog']) {
    await topics.ensure({ name, partitions: 1, owner: 'internal' })
  }
  const parts = { all: { tasks: 1, sources: [], stores: {} } }
  const plan = { topology: 'flow', subtopologies: parts, topics: {} }
  await keys.put(planKey('app', 'flow'), utf8(JSON.stringify(plan)))
  assert.match(await group.done('topics --orphaned'), /app\.old\.all\.changelog .*commit log/)
  const refused = await group.run('topics --orphaned --yes')
  assert.is(refused.code, 1)
  assert.match(refused.stderr, /no host of 'app' runs.*\[HOST_AWAY\]/s)
  await group.join('one', { topologies: { flow: { all: 1 } } })
  assert.match(await group.done('topics --orphaned --yes'), /dropped 1$/)
  assert.is(await group.done('topics --orphaned'), 'no internal topic is without use')
  assert.ok((await topics.describe('app.flow.all.changelog')) !== null)
  assert.is((await group.run('topics --yes')).code, 2)
  await group.close()
})

test.run()
