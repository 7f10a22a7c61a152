// Explores a chart to its last state: from every state every event, until nothing new is met. What a
// chart knows of the world is in its states alone here, so states are told apart by their names.

import { type AnyStateMachine, initialTransition, type SnapshotFrom, transition } from 'xstate'

export interface ChartStep {
  readonly from: string
  readonly event: string
  readonly to: string
  /** What the chart commands on the way, in order. */
  readonly commands: readonly string[]
  readonly isFinal: boolean
}

export interface Explored {
  readonly start: ChartStep
  /** Every event in every state that is not final. */
  readonly steps: readonly ChartStep[]
}

export function explore(machine: AnyStateMachine, events: readonly string[]): Explored {
  const [first, actions] = initialTransition(machine)
  const start = stepOf('', '', first, actions)
  const met = new Map([[start.to, first]])
  const steps: ChartStep[] = []
  for (const [from, snapshot] of met) {
    if (snapshot.status === 'done') continue
    for (const event of events) {
      const [next, emitted] = transition(machine, snapshot, { type: event })
      const step = stepOf(from, event, next, emitted)
      steps.push(step)
      if (!met.has(step.to)) met.set(step.to, next)
    }
  }
  return { start, steps }
}

/** States from which `goal` can be reached over these steps, itself included. */
export function reaching(steps: readonly ChartStep[], goal: string): ReadonlySet<string> {
  const found = new Set([goal])
  for (let before = 0; before < found.size; ) {
    before = found.size
    for (const { from, to } of steps) if (found.has(to)) found.add(from)
  }
  return found
}

export const statesOf = ({ start, steps }: Explored): string[] =>
  [...new Set([start.to, ...steps.flatMap(({ from, to }) => [from, to])])].sort()

function stepOf(
  from: string,
  event: string,
  snapshot: SnapshotFrom<AnyStateMachine>,
  actions: readonly { readonly type: string; readonly params?: unknown }[],
): ChartStep {
  const emitted = actions.filter(({ type }) => type === 'xstate.emit')
  // Charts emit commands and nothing else.
  const commands = emitted.map(({ params }) => (params as { event: { type: string } }).event.type)
  return { from, event, to: named(snapshot.value), commands, isFinal: snapshot.status === 'done' }
}

function named(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([outer, inner]) => `${outer}.${named(inner)}`)
    .join(' ')
}
