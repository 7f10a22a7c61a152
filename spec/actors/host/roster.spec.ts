// What a host holds, and where a new task goes.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Roster } from '#actors/host/roster'

const task = (id: string) => {
  const [topology = '', subtopology = '', partition = '0'] = id.split('/')
  return { id, topology, subtopology, partition: Number(partition), count: 9 }
}

test('a new task is starting, changes as it is told, and is gone when it is removed', () => {
  const roster = new Roster()
  roster.add(task('t/a/0'), 'active', 1)
  assert.equal(roster.get('t/a/0'), {
    ...{ task: task('t/a/0'), role: 'active', worker: 1, state: 'starting', isClosing: false },
    ...{ error: null, lag: -1 },
  })
  roster.change('t/a/0', { state: 'running.idle' })
  roster.change('t/a/9', { state: 'running.idle' })
  assert.is(roster.get('t/a/0')?.state, 'running.idle')
  assert.equal(roster.ids, ['t/a/0'])
  roster.remove('t/a/0')
  assert.is(roster.size, 0)
})

test('a worker that lost everything takes nothing of the others with it', () => {
  const roster = new Roster()
  roster.add(task('t/a/0'), 'active', 0)
  roster.add(task('t/a/1'), 'active', 1)
  roster.add(task('t/a/2'), 'active', 0)
  roster.removeWorker(0)
  assert.equal(roster.ids, ['t/a/1'])
})

test('tasks of one sub-topology spread over the workers, and so do all of them', () => {
  const groups = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(groups, fc.integer({ min: 1, max: 5 }), (names, workers) => {
      const roster = new Roster()
      names.forEach((name, n) => {
        const role = 'active'
        roster.add(task(`t/${name}/${n}`), role, roster.leastBusy(workers, name, role))
      })
      for (const name of ['a', 'b', 'c']) {
        const loads = Array.from({ length: workers }, (_, worker) => {
          const mine = roster.entries.filter((entry) => entry.worker === worker)
          return mine.filter((entry) => entry.task.subtopology === name).length
        })
        assert.ok(Math.max(...loads) - Math.min(...loads) <= 1, `${name}: ${loads}`)
      }
    }),
  )
})

test('copies are counted by themselves: they do not keep tasks from a worker', () => {
  const roster = new Roster()
  roster.add(task('t/a/0'), 'standby', 0)
  roster.add(task('t/a/1'), 'standby', 0)
  roster.add(task('t/a/2'), 'active', 1)
  assert.is(roster.leastBusy(2, 'a', 'active'), 0)
  assert.is(roster.leastBusy(2, 'a', 'standby'), 1)
  assert.equal(
    roster.of('standby').map((entry) => entry.task.id),
    ['t/a/0', 't/a/1'],
  )
})

test.run()
