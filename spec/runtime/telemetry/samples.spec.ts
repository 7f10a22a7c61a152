// From facts to samples: every metric gets its value in one place, with the labels it declares.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ALL_METRICS, METRICS, type MetricDefinition } from '#runtime/telemetry/metrics'
import { type Scene, samplesOf } from '#runtime/telemetry/samples'
import { scene } from './scene.ts'

/** `label=value ... value` of each sample of a metric. */
function shown(metric: MetricDefinition, of: Scene = scene): string[] {
  return samplesOf(of)
    .filter((sample) => sample.metric === metric)
    .map(({ labels, value }) => {
      const said = Object.entries(labels).map(([name, it]) => `${name}=${it}`)
      return [...said, typeof value === 'number' ? value : `sum ${value.sum}`].join(' ')
    })
}

test('a host that has everything has a sample of every metric', () => {
  const samples = samplesOf(scene)
  for (const metric of ALL_METRICS) {
    assert.ok(
      samples.some((sample) => sample.metric === metric),
      metric.name,
    )
  }
})

test('a sample has the labels of its metric, and no two have the same ones', () => {
  const seen = new Set<string>()
  for (const { metric, labels } of samplesOf(scene)) {
    assert.equal(Object.keys(labels).sort(), [...metric.labels].sort(), metric.name)
    const id = JSON.stringify([metric.name, Object.entries(labels).sort()])
    assert.not.ok(seen.has(id), id)
    seen.add(id)
  }
})

test('times are seconds, lag is what the newest commit has not', () => {
  const task = 'topology=t task=t/a/0'
  assert.equal(shown(METRICS.taskLag), [`${task} topic=in partition=0 7`])
  assert.equal(shown(METRICS.taskCommitted), [`${task} topic=in partition=0 6`])
  assert.is(shown(METRICS.taskBusy)[0], `${task} 0.25`)
  assert.is(shown(METRICS.taskCommit)[0], `${task} sum 6.2`)
  assert.equal(shown(METRICS.taskLastCommit), [`${task} 1700000000.5`])
  assert.equal(shown(METRICS.taskStreamTime), [`${task} 7`])
})

test('what a replay has before it is only told while it goes on', () => {
  assert.equal(shown(METRICS.taskRestoreRemaining), [
    'topology=t task=t/a/0 0',
    'topology=t task=t/a/1 6',
  ])
})

test('a copy has a state and a lag, and no numbers of records', () => {
  assert.is(shown(METRICS.taskState)[2], 'topology=t task=t/a/2 role=standby state=following 1')
  assert.equal(shown(METRICS.standbyLag), ['topology=t task=t/a/2 5'])
  assert.is(shown(METRICS.taskRecordsIn).length, 2)
})

test('a store that nobody answers for has no samples', () => {
  assert.equal(shown(METRICS.storeRows), ['topology=t task=t/a/0 role=active store=s 3'])
})

test('a copy of a global table tells its rows, how far it is, and what it passed over', () => {
  const copy = 'topology=t store=g worker=1'
  assert.equal(shown(METRICS.globalRows), [`${copy} 8`])
  assert.equal(shown(METRICS.globalPosition), [`${copy} topic=rates partition=0 11`])
  assert.equal(shown(METRICS.globalLag), [`${copy} topic=rates partition=0 3`])
  assert.equal(shown(METRICS.globalDropped), [
    `${copy} reason=null-key 2`,
    `${copy} reason=unreadable 0`,
  ])
})

test('actors are counted by kind, messages by lane', () => {
  assert.equal(shown(METRICS.hostActors), ['kind=host 1', 'kind=task 2'])
  assert.equal(shown(METRICS.hostMessages), ['lane=control 3', 'lane=data 7'])
})

test('the group is told by the host that coordinates alone', () => {
  assert.equal(shown(METRICS.groupTasks), ['3'])
  assert.equal(shown(METRICS.groupUnheld), ['1'])
  const follower = { ...scene, isCoordinator: false, members: null, topics: null }
  for (const metric of [METRICS.groupTasks, METRICS.groupHosts, METRICS.topicEnd]) {
    assert.equal(shown(metric, follower), [])
  }
  assert.equal(shown(METRICS.groupCoordinator, follower), ['0'])
  assert.not.ok(shown(METRICS.hostUnanswered, follower).some((it) => it.startsWith('part=topics')))
})

test('a part that nobody said in time is missing, and said to be', () => {
  const silent = { ...scene, tasks: null, trees: null }
  assert.equal(shown(METRICS.taskState, silent), [])
  assert.equal(shown(METRICS.hostUnanswered, silent), [
    ...['part=tasks 1', 'part=stores 0', 'part=globals 0', 'part=actors 1', 'part=threads 0'],
    ...['part=coordinator 0', 'part=hosts 0', 'part=topics 0'],
  ])
  assert.is(shown(METRICS.hostReady, silent)[0], '1')
})

test.run()
