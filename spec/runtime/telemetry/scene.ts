// A host that has one of everything there is to measure.

import { DeadLetters } from '#actors/kernel/dead-letters'
import type { ActorSnapshot } from '#actors/kernel/tree'
import { NOTHING_METERED } from '#actors/task/meter'
import { offset } from '#protocols/core/brands'
import type { Scene } from '#runtime/telemetry/samples'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'

const facts = {
  ...{ worker: 0, epoch: 1, commits: 2, error: null, restarts: 3 },
  ...{ records: 9, dropped: { late: 2, skipped: 0 }, lag: 5, streamTime: 7000 },
  ...{ restoredFrom: 10, restored: 14, restoreEnd: 20 },
}
const counts = NOTHING_METERED.commitCounts.map((_, n) => (n === 1 ? 2 : n === 13 ? 1 : 0))
const meter = {
  ...{ recordsOut: 4, bytesOut: 100, changes: 6, commits: 3, commitCounts: counts },
  ...{ commitMs: 6200, committedAt: 1_700_000_000_500, busyMs: 250 },
  latency: {
    ...{ counts: NOTHING_METERED.latency?.counts.map((_, n) => (n === 4 ? 3 : 0)) ?? [], ms: 45 },
    traced: [{ index: 4, ms: 17, atMs: 1_700_000_000_500, traceId: 'f'.repeat(32), spanId: 'a' }],
  },
}
const positions = [{ topic: 'in', partition: 0, position: 8, committed: 6, lag: 5 }]
const actor: Omit<ActorSnapshot, 'children'> = {
  ...{ path: 'one', kind: 'host', state: 'running', status: null, note: null, restarts: 0 },
  ...{ control: 1, data: 2, lastError: null },
}

const deadLetters = new DeadLetters(new SimulatedClock()).read()

export const scene: Scene = {
  ...{ version: '1.2.3', workers: 2, isReady: true, isCoordinator: true },
  tasks: [
    { ...facts, id: 't/a/0', role: 'active', state: 'running.idle', meter, positions },
    {
      ...{ ...facts, id: 't/a/1', role: 'active', state: 'restoring', meter: NOTHING_METERED },
      ...{ streamTime: 0, positions: [] },
    },
    { ...facts, id: 't/a/2', role: 'standby', state: 'following.idle', meter, positions: [] },
  ],
  stores: [
    {
      ...{ task: 't/a/0', role: 'active', store: 's', kind: 'window', medium: 'lmdb' },
      ...{ isLogged: true, usage: { rows: 3, bytes: 4096, pending: 1 } },
    },
    {
      ...{ task: 't/a/1', role: 'active', store: 's', kind: 'window', medium: 'lmdb' },
      ...{ isLogged: true, usage: null },
    },
  ],
  globals: [
    {
      ...{ topology: 't', store: 'g', topic: 'rates', worker: 1, medium: 'lmdb', lag: 3 },
      ...{ usage: { rows: 8, bytes: 512, pending: 0 }, error: null },
      dropped: { 'null-key': 2, unreadable: 0 },
      positions: [{ partition: 0, position: 11, lag: 3 }],
    },
  ],
  trees: [
    {
      ...actor,
      children: [
        { ...actor, kind: 'task', data: 3, children: [] },
        { ...actor, kind: 'task', children: [] },
      ],
    },
  ],
  threads: [
    { worker: null, utilization: 0.1, busyMs: 2500, heapUsed: 3e7, heapMax: 4e9, deadLetters },
    { worker: 0, utilization: 0.9, busyMs: 9000, heapUsed: 5e7, heapMax: 4e9, deadLetters },
  ],
  placement: {
    version: 12,
    target: { 't/a/0': 'one', 't/a/1': 'one', 't/a/2': 'two' },
    ...{ granted: {}, standbys: {} },
  },
  members: [
    {
      ...{ id: 'one', incarnation: 'x', pid: 1, socket: '', workers: 2, state: 'active' },
      ...{ startedAt: 0, topologies: {}, held: ['t/a/0', 't/a/1'], stateful: [] },
    },
  ],
  topics: [
    {
      ...{ name: 'in', partitions: 2 },
      bounds: [
        { partition: 0, first: offset(0), next: offset(13), bytes: 900 },
        { partition: 1, first: offset(0), next: offset(0), bytes: 0 },
      ],
    },
  ],
}
