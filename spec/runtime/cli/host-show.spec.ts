// A host on a page. That it is true is in the journey of the verbs.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HostDocument } from '#runtime/admin/documents'
import { hostLines } from '../../../runtime/cli/host-show.ts'

const none = { counts: { dead: 2, full: 1, left: 0, failed: 0 }, letters: [] }
const document: HostDocument = {
  application: 'app',
  host: {
    ...{
      id: 'one',
      state: 'active',
      wish: 'draining',
      drainBy: null,
      zone: 'east',
      capacity: 2,
      workers: 1,
    },
    ...{ tasks: 0, standbys: 0, pid: 7, startedAt: 1000 },
  },
  ...{ isCoordinator: true, silence: null, tasks: [], standbys: [], events: [] },
  facts: {
    ...{ millrace: '1.2.3', node: '20.1.0', machine: 'm', pid: 7, uptimeS: 90, cpuS: 4.25 },
    ...{ rss: 2e8, external: 1e6, cores: 4, load: 0.5, memoryFree: 1e9, memoryTotal: 4e9 },
    topologies: ['t'],
    threads: [
      {
        worker: null,
        utilization: 0.021,
        busyMs: 1,
        heapUsed: 3e7,
        heapMax: 4e9,
        deadLetters: none,
      },
      { worker: 0, utilization: 0.5, busyMs: 1, heapUsed: 4e7, heapMax: 4e9, deadLetters: none },
    ],
  },
}

test('a page says what is wished of a host, what it has, and how its threads do', async () => {
  assert.equal(await hostLines(document, 61_000), [
    'host        one of app, which coordinates',
    'state       draining',
    'zone        east, capacity 2',
    'process     7, member for 60 s',
    'holds       0 tasks, 0 standbys, on 1 worker',
    'memory      200.00 MB resident, 1.00 MB outside of heaps',
    'processor   4.3 s in 90 s',
    'machine     m: 4 cores, load 0.5, 1.00 GB of 4.00 GB free',
    'versions    millrace 1.2.3, node 20.1.0',
    'runs        t',
    '',
    'THREAD    LOOP  HEAP      OF       DEAD LETTERS',
    'main      2 %   30.00 MB  4.00 GB  3',
    'worker 0  50 %  40.00 MB  4.00 GB  3',
  ])
})

test('of a host that does not answer there is what the broker knows', async () => {
  const host = { ...document.host, state: 'away', wish: 'fenced', pid: 0 } as const
  const lines = await hostLines({ ...document, host, facts: null, silence: 'no' }, 0)
  assert.equal(lines.slice(1, 4), [
    'state       fenced, away',
    'zone        east, capacity 2',
    'process     none',
  ])
  assert.is(lines.length, 5)
})

test.run()
