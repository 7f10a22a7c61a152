// What is only there between two looks: rates, and the last minutes of an application.

/** @import { AnyTask, History, Rates, Sample, Stay } from './state.ts' */
/** @import { TasksDocument } from '../../admin/documents.ts' */

export const SPAN_MS = 5 * 60_000
/** Two looks further apart say nothing about the time between them. */
export const GAP_MS = 10_000

/** @type {History} */
export const NOTHING_SEEN = {
  ...{ samples: [], tasks: null, rates: new Map(), edges: new Map(), lives: new Map() },
}
/** States of a task that are remembered. */
const STAYS_MAX = 12

/** A task here or a copy of it there. @param {AnyTask} task */
export const nameOf = ({ id, host, role }) => `${role} ${host} ${id}`

/**
 * @param {History} history
 * @param {TasksDocument} tasks
 * @param {number} at wall time of the look, ms
 * @returns {History}
 */
export function added(history, tasks, at) {
  const last = history.samples.at(-1)
  // After a look of another host, whose clock may be behind, nothing is said.
  const seconds = last === undefined ? 0 : (at - last.at) / 1000
  const isNear = seconds > 0 && seconds * 1000 <= GAP_MS
  const rates = isNear ? between(history.tasks, tasks, seconds) : new Map()
  const edges = isNear ? alongEdges(history.tasks, tasks, seconds) : new Map()
  /** @type {Sample} */
  const sample = { at, lag: sum(tasks.tasks.map(({ lag }) => lag)), rates: null }
  const total = totalOf([...rates.values()])
  const samples = history.samples.filter((it) => it.at > at - SPAN_MS && it.at < at)
  const lives = lived(history.lives, tasks, at)
  return {
    samples: [...samples, isNear ? { ...sample, rates: total } : sample],
    tasks,
    rates,
    edges,
    lives,
  }
}

/**
 * `running.idle` and `running.working` follow one another all the time, and are the same here.
 * @param {ReadonlyMap<string, readonly Stay[]>} before
 * @param {TasksDocument} document
 * @param {number} at
 * @returns {Map<string, readonly Stay[]>}
 */
function lived(before, { tasks, standbys }, at) {
  return new Map(
    [...tasks, ...standbys].map((task) => {
      const stays = before.get(nameOf(task)) ?? []
      const [state = ''] = task.state.split('.')
      const isSame = stays.at(-1)?.state === state
      return [nameOf(task), isSame ? stays : [...stays, { state, at }].slice(-STAYS_MAX)]
    }),
  )
}

/**
 * Of tasks that were here before and counted on: one that began anew has no rate yet.
 * @param {TasksDocument | null} before
 * @param {TasksDocument} after
 * @param {number} seconds
 * @returns {Map<string, Rates>}
 */
function between(before, after, seconds) {
  const known = new Map(
    [...(before?.tasks ?? []), ...(before?.standbys ?? [])].map((task) => [nameOf(task), task]),
  )
  return new Map(
    [...after.tasks, ...after.standbys].map((task) => {
      const then = known.get(nameOf(task)) ?? task
      /** @param {(task: AnyTask) => number} of */
      const grown = (of) => Math.max(0, of(task) - of(then)) / seconds
      /** @type {Rates} */
      const rates = {
        // What a copy takes in are changes, not records.
        in: task.role === 'active' ? grown((it) => it.records) : 0,
        out: grown((it) => it.meter.recordsOut),
        busy: Math.min(1, grown((it) => it.meter.busyMs) / 1000),
        replayed: grown((it) => it.restored),
      }
      return [nameOf(task), rates]
    }),
  )
}

/**
 * A way into a sub-topology, or out of it.
 * @param {'in' | 'out'} side
 * @param {string} part `topology/sub-topology`
 * @param {string} topic
 */
export const edgeOf = (side, part, topic) => `${side} ${part} ${topic}`

/**
 * Positions say what came from each topic, meters what went to each; as for rates, of tasks that were here before.
 * @param {TasksDocument | null} before
 * @param {TasksDocument} after
 * @param {number} seconds
 * @returns {Map<string, number>}
 */
function alongEdges(before, after, seconds) {
  const known = new Map((before?.tasks ?? []).map((task) => [nameOf(task), passed(task)]))
  const edges = new Map()
  for (const task of after.tasks) {
    const then = known.get(nameOf(task))
    for (const [edge, count] of then === undefined ? [] : passed(task)) {
      const grown = Math.max(0, count - (then?.get(edge) ?? 0)) / seconds
      edges.set(edge, (edges.get(edge) ?? 0) + grown)
    }
  }
  return edges
}

/** What a task counted along each edge. @param {AnyTask} task @returns {Map<string, number>} */
function passed({ id, positions, meter }) {
  const part = id.slice(0, id.lastIndexOf('/'))
  return new Map([
    // A task reads one partition of each topic.
    ...positions.map(
      ({ topic, position }) => /** @type {const} */ ([edgeOf('in', part, topic), position]),
    ),
    ...Object.entries(meter.recordsTo ?? {}).map(
      ([topic, count]) => /** @type {const} */ ([edgeOf('out', part, topic), count]),
    ),
  ])
}

/** @type {Rates} */
export const NO_RATES = { in: 0, out: 0, busy: 0, replayed: 0 }

/** @param {readonly Rates[]} all @returns {Rates} */
export const totalOf = (all) => ({
  in: sum(all.map((it) => it.in)),
  out: sum(all.map((it) => it.out)),
  busy: sum(all.map((it) => it.busy)),
  replayed: sum(all.map((it) => it.replayed)),
})

/**
 * How much time a chart shows: what was seen, in whole minutes up to five.
 * @param {readonly Sample[]} samples
 */
export function spanOf(samples) {
  const seenMs = (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0)
  return Math.min(SPAN_MS, Math.max(1, Math.ceil(seenMs / 60_000)) * 60_000)
}

/** @param {readonly number[]} values */
export const sum = (values) => values.reduce((total, value) => total + value, 0)
