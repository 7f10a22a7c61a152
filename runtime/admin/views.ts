// The documents that can be asked for and watched without a word beside their name: facts alone, no rows of
// stores and no records. Who can reach the host may watch them, so over HTTP the way to each is free.

import type { Group } from '../process/group.ts'
import type { RunningHost } from '../process/running-host.ts'
import { AlertWatch } from './alerts-report.ts'
import { eventsDocument, rebalanceDocument, topologyDocument } from './group-report.ts'
import { lagDocument } from './lag-report.ts'
import { statusDocument, storesDocument, tasksDocument, treeDocument } from './reports.ts'
import type { Views } from './watch.ts'

export const VIEWS = [
  ...(['status', 'tasks', 'tree', 'lag', 'stores'] as const),
  ...(['topology', 'rebalance', 'events', 'alerts'] as const),
] as const

type View = (typeof VIEWS)[number]

/** Where a host answers with a view. */
export const viewPath = (view: View): string => `/v1/${view}`

export function viewsOf(host: RunningHost, group: Group): Views<View> {
  const { broker, application } = host.parts
  const alerts = new AlertWatch(host, group)
  return {
    status: () => statusDocument(host, group),
    tasks: () => tasksDocument(host, group),
    tree: () => treeDocument(group),
    lag: () => lagDocument(host, group),
    stores: () => storesDocument(group),
    topology: async () => topologyDocument(host),
    rebalance: async () => rebalanceDocument(await group.look()),
    events: () => eventsDocument(broker, application),
    alerts: () => alerts.document(),
  }
}
