// The life of a standby, explored to its last state: the chart together with a model of its world, which
// remembers what is open and which operation is under way, lets every operation end in every way it may
// and people say anything at any time.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { initialTransition, type SnapshotFrom, transition } from 'xstate'
import { standbyMachine } from '#actors/standby/machine'
import type { StandbyCommand, StandbyEvent } from '#actors/standby/messages'
import type { FailureKind } from '#actors/task/messages'

type Snapshot = SnapshotFrom<typeof standbyMachine>

interface World {
  readonly pending: StandbyCommand['type'] | null
  readonly isOpen: boolean
}

interface Node {
  readonly snapshot: Snapshot
  readonly world: World
  readonly key: string
  readonly trail: readonly string[]
}

interface Edge {
  readonly from: Node
  readonly event: StandbyEvent
  readonly commands: readonly StandbyCommand[]
  readonly to: Node
}

const COMPLETION: Record<StandbyCommand['type'], StandbyEvent['type']> = {
  ...{ open: 'OPENED', apply: 'DRAINED', rest: 'ELAPSED', close: 'CLOSED', wipe: 'WIPED' },
  wait: 'ELAPSED',
}
const KINDS: readonly FailureKind[] = ['untrusted', 'weather', 'fault']
const SAID = ['DATA', 'RETRY', 'STOP'] as const
const CANNOT_FAIL = ['wait', 'rest', 'close']

function obey(world: World, { type }: StandbyCommand): World {
  if (type === 'open') assert.not(world.isOpen, 'open beside what is open')
  if (type === 'apply' || type === 'rest') assert.ok(world.isOpen, `${type} of what is not open`)
  if (type === 'wipe' || type === 'wait') assert.not(world.isOpen, `${type} of what is open`)
  const isOpen = type === 'open' || (world.isOpen && type !== 'close')
  return { pending: type, isOpen }
}

function commandsIn(actions: readonly { type: string; params?: unknown }[]): StandbyCommand[] {
  const emitted = actions.filter(({ type }) => type === 'xstate.emit')
  // The chart emits commands and nothing else.
  return emitted.map(({ params }) => (params as { event: StandbyCommand }).event)
}

function nodeOf(snapshot: Snapshot, world: World, trail: readonly string[]): Node {
  const { op: _op, attempt: _attempt, ...context } = snapshot.context
  return { snapshot, world, key: JSON.stringify([snapshot.value, context, world]), trail }
}

function step(from: Node, event: StandbyEvent, isCompletion: boolean): Edge {
  const [snapshot, actions] = transition(standbyMachine, from.snapshot, event)
  const trail = [...from.trail, event.type]
  const commands = commandsIn(actions)
  let world: World = isCompletion ? { ...from.world, pending: null } : from.world
  try {
    for (const command of commands) world = obey(world, command)
  } catch (error) {
    throw new Error(`${String(error)}\n  on the way ${trail.join(' ')}`)
  }
  return { from, event, commands, to: nodeOf(snapshot, world, trail) }
}

function completions({ snapshot, world }: Node): StandbyEvent[] {
  const { pending } = world
  if (pending === null) return []
  const { op } = snapshot.context
  const done = { type: COMPLETION[pending], op } as StandbyEvent // by name
  if (CANNOT_FAIL.includes(pending)) return [done]
  return [done, ...KINDS.map((kind): StandbyEvent => ({ type: 'FAILED', op, kind }))]
}

function explore(): { nodes: Map<string, Node>; edges: Edge[] } {
  const [snapshot, actions] = initialTransition(standbyMachine)
  const start: World = { pending: null, isOpen: false }
  const first = nodeOf(snapshot, commandsIn(actions).reduce(obey, start), [])
  const nodes = new Map([[first.key, first]])
  const edges: Edge[] = []
  for (const node of nodes.values()) {
    if (node.snapshot.status === 'done') continue
    const steps = [
      ...SAID.map((type) => step(node, { type }, false)),
      ...completions(node).map((event) => step(node, event, true)),
    ]
    for (const edge of steps) {
      if (!nodes.has(edge.to.key)) nodes.set(edge.to.key, edge.to)
      edges.push(edge)
    }
  }
  return { nodes, edges }
}

// What is open when something begins is checked on the way, by `obey`: that this returns is the law.
const { nodes, edges } = explore()
const stateOf = ({ snapshot }: Node): string => JSON.stringify(snapshot.value).replaceAll('"', '')

test('what was opened is closed before anything is opened or wiped again', () => {
  assert.ok(nodes.size > 15, `${nodes.size} states, ${edges.length} steps`)
})

test('every state of the chart can be reached', () => {
  assert.equal([...new Set(Array.from(nodes.values(), stateOf))].sort(), [
    ...['backoff', 'closed', 'closing', 'opening', 'wiping'],
    ...['{following:applying}', '{following:idle}', '{following:resting}'],
  ])
})

test('closed can be reached from every state, and with nothing open', () => {
  const before = new Map<string, string[]>()
  for (const { from, to } of edges) before.set(to.key, [...(before.get(to.key) ?? []), from.key])
  const ends = [...nodes.values()].filter((node) => stateOf(node) === 'closed')
  for (const { world, trail } of ends) assert.not(world.isOpen, trail.join(' '))
  const reaching = new Set<string>()
  const queue = ends.map(({ key }) => key)
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    if (reaching.has(key)) continue
    reaching.add(key)
    queue.push(...(before.get(key) ?? []))
  }
  assert.is(reaching.size, nodes.size)
})

test('one that is told to stop begins nothing but its close', () => {
  for (const { from, event, commands, to } of edges) {
    if (!from.snapshot.context.isStopping && event.type !== 'STOP') continue
    assert.match(stateOf(to), /^(closing|closed|wiping)$/)
    for (const { type } of commands) assert.is(type, 'close', to.trail.join(' '))
  }
})

test('it never gives up: after every failure it waits and opens again', () => {
  for (const { event, to } of edges) {
    if (event.type !== 'FAILED' || to.snapshot.context.isStopping) continue
    assert.match(stateOf(to), /^(closing|backoff)$/)
  }
  for (const node of nodes.values()) {
    if (stateOf(node) !== 'backoff') continue
    for (const event of [...completions(node), { type: 'RETRY' } as const]) {
      assert.is(stateOf(step(node, event, event.type !== 'RETRY').to), 'opening')
    }
  }
})

test('untrusted stores are wiped once; untrusted again, they are waited for', () => {
  for (const { from, event, to } of edges) {
    if (event.type !== 'FAILED' || stateOf(from) === 'wiping') continue
    const isWiped = event.kind === 'untrusted' && !from.snapshot.context.isWiped
    assert.is(to.snapshot.context.next, isWiped ? 'wiping' : 'backoff', to.trail.join(' '))
  }
})

test('what is said of an older operation changes nothing', () => {
  for (const node of nodes.values()) {
    const op = node.snapshot.context.op - 1
    const done = Object.values(COMPLETION).map((type) => ({ type, op }) as StandbyEvent) // by name
    for (const event of [...done, { type: 'FAILED', op, kind: 'fault' } as const]) {
      const [after, actions] = transition(standbyMachine, node.snapshot, event)
      assert.equal(after.value, node.snapshot.value, `${event.type} in ${stateOf(node)}`)
      assert.is(actions.length, 0)
    }
  }
})

test.run()
