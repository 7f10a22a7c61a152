// Whether a host does what it is there for, and if not, why: for those who send it work, or wait with
// the next step of an upgrade until it has caught up.

import { standingOf } from '#actors/coordinator/upgrade'
import type { HostView } from '#actors/host/host'
import type { TaskRole } from '#actors/host/messages'
import type { RosterEntry } from '#actors/host/roster'
import type { PlannedTopology } from './planned-topology.ts'

export interface Readiness {
  readonly ready: boolean
  readonly reasons: readonly Reason[]
}

export interface Reason {
  readonly code: 'HOST_STARTING' | 'HOST_NOT_MEMBER' | 'TASK_UNPLACED' | 'TASK_NOT_RUNNING'
  readonly what: string
  readonly task?: string | undefined
}

export interface ReadinessParts {
  readonly id: string
  readonly view: Readonly<HostView>
  readonly topologies: Iterable<PlannedTopology>
  /** Everything it was started with is registered. */
  readonly isStarted: boolean
}

/** Ready: it is a member, and runs every task and follows every copy that the placement has for it. */
export function readiness(parts: ReadinessParts): Readiness {
  const reasons = [
    ...starting(parts),
    ...membership(parts),
    ...unplaced(parts),
    ...notRunning(parts),
  ]
  return { ready: reasons.length === 0, reasons }
}

const starting = ({ isStarted }: ReadinessParts): Reason[] =>
  isStarted ? [] : [{ code: 'HOST_STARTING', what: 'not everything is registered yet' }]

function membership({ view: { state } }: ReadinessParts): Reason[] {
  if (state.startsWith('active')) return []
  return [{ code: 'HOST_NOT_MEMBER', what: `the host is ${state}, not active in its application` }]
}

/** Nobody has decided about them: the first placement is still to come. */
function unplaced({ view, topologies }: ReadinessParts): Reason[] {
  const { target, active = {} } = view.placement
  return [...topologies]
    .filter(({ deployment: { topology, plan } }) => {
      // What is new in it begins when its shape is active: whoever upgrades hosts must not wait for that.
      return standingOf(plan, active[topology]) === 'active'
    })
    .flatMap(({ deployment: { topology, tasks } }) => idsOf(topology, tasks))
    .filter((id) => !Object.hasOwn(target, id))
    .map((task) => ({ code: 'TASK_UNPLACED', what: `${task} is placed on no host`, task }))
}

function notRunning({ view: { placement, roster }, id: me }: ReadinessParts): Reason[] {
  const { granted, standbys } = placement
  const tasks = Object.keys(granted).filter((task) => granted[task] === me)
  const copies = Object.keys(standbys).filter((task) => standbys[task]?.includes(me))
  return [
    ...tasks.flatMap((task) => missing(task, 'active', roster.get(task))),
    ...copies
      .filter((task) => granted[task] !== me)
      .flatMap((task) => missing(task, 'standby', roster.get(task))),
  ]
}

function missing(task: string, role: TaskRole, entry: RosterEntry | undefined): Reason[] {
  const [verb, wells] = role === 'active' ? ['run', RUNNING] : ['be followed', FOLLOWING]
  const state = entry?.role === role ? entry.state : 'absent'
  if (wells.some((well) => state.startsWith(well))) return []
  const trouble = entry?.error == null ? '' : `: ${entry.error.what}`
  const what = `${task} is to ${verb} here and is ${state}${trouble}`
  return [{ code: 'TASK_NOT_RUNNING', what, task }]
}

/** An operator who pauses a task knows that it stands still. */
const RUNNING = ['running', 'paused']
const FOLLOWING = ['following']

const idsOf = (topology: string, tasks: Readonly<Record<string, number>>): string[] =>
  Object.entries(tasks).flatMap(([subtopology, count]) =>
    Array.from({ length: count }, (_, n) => `${topology}/${subtopology}/${n}`),
  )
