// Metrics are asked of everybody who knows a part; who does not answer takes nothing else with it.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { TopicDescription } from '#protocols/broker/broker'
import { NOTHING_PLACED } from '#protocols/messages/membership'
import type { Group } from '#runtime/process/group'
import type { RunningHost } from '#runtime/process/running-host'
import { Telemetry } from '#runtime/telemetry/telemetry'
import { type Series, seriesIn } from '../../kit/prometheus-text.ts'
import { scene } from './scene.ts'

const never = (): Promise<never> => Promise.reject(new Error('nobody answers'))

/** A host `one` of a group in which `leader` coordinates. */
async function metricsOf(leader: string, group: Partial<Group> = {}): Promise<readonly Series[]> {
  const described: string[] = []
  const describe = async (name: string): Promise<TopicDescription | null> => {
    described.push(name)
    return scene.topics?.find((topic) => topic.name === name) ?? null
  }
  const topicPartitions = { in: 2, gone: 1 }
  const host = {
    parts: { application: 'app', id: 'one', workers: 0, broker: { topics: { describe } } },
    view: { placement: NOTHING_PLACED },
    topologies: new Map([
      ['t', { deployment: { topicPartitions } }],
      ['u', { deployment: { topicPartitions } }],
    ]),
  }
  const asked = {
    tasksHere: async () => scene.tasks,
    storesHere: async () => scene.stores,
    globalsHere: async () => scene.globals,
    treesHere: async () => scene.trees,
    factsHere: async () => ({ threads: scene.threads }),
    look: async () => ({ coordinator: leader, members: scene.members }),
    readiness: () => ({ ready: false, reasons: [] }),
    ...group,
  }
  const telemetry = new Telemetry({
    // All of them that it asks.
    host: host as unknown as RunningHost,
    group: asked as unknown as Group,
  })
  const { contentType, text } = await telemetry.metrics()
  assert.match(contentType, /^text\/plain; version=0\.0\.4/)
  assert.equal(described, leader === 'one' ? ['in', 'gone'] : [])
  return seriesIn(text)
}

const find = (series: readonly Series[], name: string): readonly Series[] =>
  series.filter((it) => it.name === `millrace_${name}`)

test('the host that coordinates tells of the group, the others only that they do not', async () => {
  const leader = await metricsOf('one')
  assert.is(find(leader, 'group_coordinator')[0]?.value, 1)
  assert.is(find(leader, 'topic_end_offset').length, 2)
  assert.is(find(leader, 'group_hosts')[0]?.value, 1)
  const follower = await metricsOf('two')
  assert.is(find(follower, 'group_coordinator')[0]?.value, 0)
  assert.equal(find(follower, 'topic_end_offset'), [])
})

test('a part that fails is missing and named; the rest is told', async () => {
  const series = await metricsOf('nobody knows', { tasksHere: never, look: never })
  const missing = find(series, 'host_unanswered').filter(({ value }) => value === 1)
  assert.equal(
    missing.map(({ labels }) => labels['part']),
    ['tasks', 'coordinator'],
  )
  assert.equal(find(series, 'task_state'), [])
  assert.is(find(series, 'store_rows').length, 1)
  assert.is(find(series, 'host_ready')[0]?.value, 0)
})

test.run()
