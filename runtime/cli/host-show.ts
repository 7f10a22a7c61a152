// millrace host show: everything known of one host, on a page.

import type { Command } from 'commander'
import { plural } from '#protocols/core/plural'
import { askAdmin } from '../admin/admin-client.ts'
import type { HostDocument, WishedHostRow } from '../admin/documents.ts'
import type { HostFacts } from '../process/host-facts.ts'
import { columns } from './events.ts'
import { age, bytes, type Pair, pairs, section, short } from './print.ts'
import { findHost, type TargetOptions } from './target.ts'
import { type Shown, show, type WatchOptions, withWatch } from './watch.ts'

const EXAMPLES = `
LOOP is the part of the time between two looks that a thread's event loop was busy, of the first look the
time since it began. What a host says of itself it is asked by the host that answers here.

Examples:
  millrace host show one
  millrace host show one --watch
  millrace host show one --json | jq .facts.threads`

export function addHostShow(hosts: Command): void {
  withWatch(hosts.command('show'))
    .argument('<host>', 'its id')
    .description('one host whole: process, threads, tasks, standbys, wishes, history')
    .addHelpText('after', EXAMPLES)
    .action(async (host: string, options: WatchOptions) => {
      await show(options, () => lookAtHost(host, options))
    })
}

async function lookAtHost(host: string, options: TargetOptions): Promise<Shown> {
  const { door } = await findHost(options)
  const path = `/v1/host?${new URLSearchParams({ id: host })}`
  const document = await askAdmin<HostDocument>(door, path)
  const { silence } = document
  const notes = silence === null ? [] : [`host ${host} does not answer: ${silence}`]
  return { document, lines: await hostLines(document, Date.now()), notes }
}

/** What is wished of it first, then how it is, where that says more. */
export function stateOf(
  { wish, state, drainBy }: Pick<WishedHostRow, 'wish' | 'state' | 'drainBy'>,
  nowMs: number,
): string {
  const left = drainBy === null ? 0 : drainBy - nowMs
  const until = left >= 0 ? `${age(left)} left` : `${age(-left)} late`
  const wished = drainBy === null ? wish : `${wish} (${until})`
  return [wished, state].filter((it) => it !== null && it !== 'active').join(', ') || 'active'
}

export async function hostLines(document: HostDocument, nowMs: number): Promise<readonly string[]> {
  const { host, facts, tasks, standbys, events, isCoordinator } = document
  const { id, zone, capacity, version, workers, pid, startedAt } = host
  return [
    ...pairs([
      ['host', `${id} of ${document.application}${isCoordinator ? ', which coordinates' : ''}`],
      ['state', stateOf(host, nowMs)],
      ['zone', `${zone ?? 'none'}, capacity ${capacity}`],
      ...(version == null ? [] : [['version', version] as const]),
      ['process', pid === 0 ? 'none' : `${pid}, member for ${age(nowMs - startedAt)}`],
      [
        'holds',
        `${plural(host.tasks, 'task')}, ${plural(host.standbys, 'standby')}, on ${plural(workers, 'worker')}`,
      ],
      ...(facts === null ? [] : says(facts)),
    ]),
    ...(await section(
      ['THREAD', 'LOOP', 'HEAP', 'OF', 'DEAD LETTERS'],
      (facts?.threads ?? []).map(({ worker, utilization, heapUsed, heapMax, deadLetters }) => [
        worker === null ? 'main' : `worker ${worker}`,
        `${Math.round(utilization * 100)} %`,
        ...[bytes(heapUsed), bytes(heapMax)],
        short(Object.values(deadLetters.counts).reduce((sum, count) => sum + count, 0)),
      ]),
    )),
    ...(await section(
      ['TASK', 'ROLE', 'STATE', 'WORKER', 'LAG', 'RESTARTS'],
      [...tasks.map((task) => ({ ...task, purpose: 'active' })), ...standbys].map((it) => [
        it.id,
        it.purpose,
        it.state,
        it.worker,
        short(it.lag),
        it.restarts,
      ]),
    )),
    ...(await section(['EVENTS', 'KIND', 'WHO', ''], events.map(columns))),
  ]
}

const says = (facts: HostFacts): Pair[] => [
  ['memory', `${bytes(facts.rss)} resident, ${bytes(facts.external)} outside of heaps`],
  ['processor', `${facts.cpuS.toFixed(1)} s in ${age(facts.uptimeS * 1000)}`],
  [
    'machine',
    `${facts.machine}: ${facts.cores} cores, load ${facts.load.toFixed(1)}, ` +
      `${bytes(facts.memoryFree)} of ${bytes(facts.memoryTotal)} free`,
  ],
  ['versions', `millrace ${facts.millrace}, node ${facts.node}`],
  ['runs', facts.topologies.join(', ') || 'nothing'],
]
