// The life of a task, explored to its last state: the chart together with a model of its world. The
// world remembers which operation is under way, what the current work has done, and whether anything
// is uncommitted; it lets every operation end in every way it may, stale answers arrive, and people
// say anything at any time. Each law is checked on every state or step there is.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { initialTransition, type SnapshotFrom, transition } from 'xstate'
import { taskMachine } from '#actors/task/machine'
import type { Failure, TaskCommand, TaskEvent } from '#actors/task/messages'

type Snapshot = SnapshotFrom<typeof taskMachine>
type Phase = 'none' | 'open' | 'claimed' | 'restored' | 'started'

interface World {
  /** The command whose completion is awaited. */
  readonly pending: TaskCommand['type'] | null
  /** How far the current work is. */
  readonly phase: Phase
  readonly isUncommitted: boolean
  readonly isFenced: boolean
}

interface Node {
  readonly snapshot: Snapshot
  readonly world: World
  /** The state's name and what matters of context and world. */
  readonly key: string
  /** The events that led here, for the reader of a failure. */
  readonly trail: readonly string[]
}

interface Edge {
  readonly from: Node
  readonly event: TaskEvent
  readonly commands: readonly TaskCommand[]
  readonly to: Node
}

const COMPLETIONS: Partial<Record<TaskCommand['type'], readonly TaskEvent['type'][]>> = {
  open: ['OPENED'],
  claim: ['CLAIMED'],
  restore: ['RESTORED'],
  start: ['STARTED'],
  work: ['DRAINED', 'DUE'],
  commit: ['COMMITTED'],
  'close-clean': ['CLOSED'],
  'close-dirty': ['CLOSED'],
  wipe: ['WIPED'],
  wait: ['ELAPSED'],
}

const ORDERS = ['RESTART', 'RESET', 'QUARANTINE'] as const
const SAID = ['DATA', 'PAUSE', 'RESUME', 'RETRY', 'STOP', 'STOP_NOW', ...ORDERS] as const

const calm: Failure = { kind: 'fault', poison: null, isKept: false, isExceeded: false }
const FAILURES: readonly Failure[] = [
  { ...calm, kind: 'fenced' },
  { ...calm, kind: 'untrusted' },
  { ...calm, kind: 'weather' },
  { ...calm, kind: 'weather', isKept: true },
  calm,
  { ...calm, isExceeded: true },
  { ...calm, poison: 'a/0/1' },
  { ...calm, poison: 'a/0/2' },
]

const START: World = { pending: null, phase: 'none', isUncommitted: false, isFenced: false }

const PHASE_AFTER: Partial<Record<TaskCommand['type'], { from: Phase; to: Phase }>> = {
  open: { from: 'none', to: 'open' },
  claim: { from: 'open', to: 'claimed' },
  restore: { from: 'claimed', to: 'restored' },
  start: { from: 'restored', to: 'started' },
}

/** The world after the chart said `command`; throws when it may not say that. */
function obey(world: World, command: TaskCommand): World {
  const { type } = command
  const step = PHASE_AFTER[type]
  if (step !== undefined) {
    assert.is(world.phase, step.from, `${type} with the work ${world.phase}`)
    return { ...world, phase: step.to, pending: type }
  }
  if (type === 'work' || type === 'commit') {
    assert.is(world.phase, 'started', `${type} before start`)
    if (type === 'commit') assert.not(world.isFenced, 'commit after fenced')
    return { ...world, pending: type, isUncommitted: type === 'work' || world.isUncommitted }
  }
  if (type === 'close-clean' || type === 'close-dirty') {
    assert.is.not(world.phase, 'none', 'close of what is not open')
    if (type === 'close-clean') {
      assert.is(world.phase, 'started', 'clean close before start')
      assert.not(world.isUncommitted, 'clean close with something uncommitted')
    }
    return { ...world, phase: 'none', pending: type, isUncommitted: false }
  }
  if (type === 'wipe') assert.is(world.phase, 'none', 'wipe with something open')
  return { ...world, pending: type }
}

/** The world after an event that ends what is pending. */
function complete(world: World, event: TaskEvent): World {
  const isFenced = world.isFenced || (event.type === 'FAILED' && event.failure.kind === 'fenced')
  const isCommitted = event.type === 'COMMITTED' || event.type === 'DRAINED'
  return {
    ...world,
    pending: null,
    isFenced,
    isUncommitted: world.isUncommitted && !isCommitted,
  }
}

function nodeOf(snapshot: Snapshot, world: World, trail: readonly string[]): Node {
  const { op: _op, attempt: _attempt, ...context } = snapshot.context
  return { snapshot, world, key: JSON.stringify([snapshot.value, context, world]), trail }
}

function step(from: Node, event: TaskEvent, isCompletion: boolean): Edge {
  const [snapshot, actions] = transition(taskMachine, from.snapshot, event)
  const trail = [...from.trail, event.type]
  let world = isCompletion ? complete(from.world, event) : from.world
  const commands = commandsIn(actions)
  try {
    assert.ok(
      !commands.some(({ type }) => type === 'open' || type === 'wipe') ||
        world.pending === null ||
        world.pending === 'wait',
      'something begins while something else is under way',
    )
    for (const command of commands) world = obey(world, command)
  } catch (error) {
    throw new Error(`${String(error)}\n  on the way ${trail.join(' ')}`)
  }
  return { from, event, commands, to: nodeOf(snapshot, world, trail) }
}

function commandsIn(actions: readonly { type: string; params?: unknown }[]): TaskCommand[] {
  const emitted = actions.filter(({ type }) => type === 'xstate.emit')
  // The chart emits commands and nothing else.
  return emitted.map(({ params }) => (params as { event: TaskCommand }).event)
}

/** Every answer the world may give to the operation under way. */
function completions({ snapshot, world }: Node): TaskEvent[] {
  if (world.pending === null) return []
  const { op } = snapshot.context
  const done = (COMPLETIONS[world.pending] ?? []).map((type) => ({ type, op }) as TaskEvent) // by name
  const canFail = !['wait', 'close-clean', 'close-dirty'].includes(world.pending)
  const failed = FAILURES.map((failure): TaskEvent => ({ type: 'FAILED', op, failure }))
  return canFail ? [...done, ...failed] : done
}

function explore(): { nodes: Map<string, Node>; edges: Edge[] } {
  const [snapshot, actions] = initialTransition(taskMachine)
  const first = nodeOf(snapshot, commandsIn(actions).reduce(obey, START), [])
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

// Resource traces, commits after fences and what a clean close requires are checked on the way, by
// `obey`: that this line returns is the law.
const { nodes, edges } = explore()
const stateOf = ({ snapshot }: Node): string => JSON.stringify(snapshot.value).replaceAll('"', '')

test('open comes before claim, restore and start; close comes once and last; none commits fenced', () => {
  assert.ok(nodes.size > 100, `${nodes.size} states, ${edges.length} steps`)
})

test('every state of the chart can be reached', () => {
  const states = [...new Set(Array.from(nodes.values(), stateOf))].sort()
  assert.equal(states, [
    'backoff',
    'claiming',
    'closed',
    'opening',
    'paused',
    'quarantined',
    'restoring',
    'starting',
    'wiping',
    '{closing:clean}',
    '{closing:dirty}',
    '{running:committing}',
    '{running:idle}',
    '{running:stalled}',
    '{running:working}',
  ])
})

test('closed can be reached from every state', () => {
  const before = new Map<string, string[]>()
  for (const { from, to } of edges) before.set(to.key, [...(before.get(to.key) ?? []), from.key])
  const reaching = new Set<string>()
  const queue = [...nodes.values()].filter((node) => stateOf(node) === 'closed').map((n) => n.key)
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    if (reaching.has(key)) continue
    reaching.add(key)
    queue.push(...(before.get(key) ?? []))
  }
  assert.is(reaching.size, nodes.size)
})

test('a task told to stop closes without opening, claiming or waiting again, whatever else is said', () => {
  const forbidden = ['open', 'claim', 'restore', 'wait', 'work', 'wipe']
  for (const { from, event, commands, to } of edges) {
    const isTold = from.snapshot.context.isStopping || event.type.startsWith('STOP')
    if (!isTold) continue
    assert.ok(to.snapshot.context.isStopping || stateOf(to) === 'closed', to.trail.join(' '))
    for (const { type } of commands) assert.not(forbidden.includes(type), `${type}: ${to.trail}`)
  }
})

test('a stopping task is closed after at most two operations', () => {
  const stopping = [...nodes.values()].filter(({ snapshot }) => snapshot.context.isStopping)
  for (const node of stopping) {
    let frontier = [node]
    for (let operations = 0; operations < 3; operations++) {
      frontier = frontier
        .filter((reached) => stateOf(reached) !== 'closed')
        .flatMap((reached) => completions(reached).map((event) => step(reached, event, true).to))
    }
    assert.equal(frontier.map(stateOf), [], node.trail.join(' '))
  }
})

test('stop now never waits for a commit', () => {
  for (const { event, to } of edges) {
    if (event.type !== 'STOP_NOW') continue
    assert.match(stateOf(to), /closing|closed|wiping/)
  }
})

test('a fenced task goes nowhere but closed', () => {
  for (const { from, to } of edges) {
    if (from.world.isFenced) assert.match(stateOf(to), /^(\{closing:dirty\}|closed)$/)
  }
})

test('what is said of an older operation changes nothing', () => {
  const types = [...new Set(Object.values(COMPLETIONS).flat())]
  for (const node of nodes.values()) {
    const op = node.snapshot.context.op - 1
    const stale = types.map((type) => ({ type, op }) as TaskEvent) // all of them carry `op`
    stale.push(...FAILURES.map((failure): TaskEvent => ({ type: 'FAILED', op, failure })))
    for (const event of stale) {
      const [after, actions] = transition(taskMachine, node.snapshot, event)
      assert.equal(after.value, node.snapshot.value, `${event.type} in ${stateOf(node)}`)
      assert.is(after.context, node.snapshot.context)
      assert.is(actions.length, 0)
    }
  }
})

test('the third fault at one record quarantines, the second does not', () => {
  const fails = edges.filter(
    ({ event }) => event.type === 'FAILED' && event.failure.poison !== null,
  )
  for (const { from, event, to } of fails) {
    if (event.type !== 'FAILED') continue
    const { poison, poisonCount } = from.snapshot.context
    const isThird = poison === event.failure.poison && poisonCount >= 2
    assert.is(to.snapshot.context.next === 'quarantined', isThird, to.trail.join(' '))
  }
})

test('weather never quarantines and never counts against a record', () => {
  for (const { from, event, to } of edges) {
    if (event.type !== 'FAILED' || event.failure.kind !== 'weather') continue
    assert.is(to.snapshot.context.poisonCount, from.snapshot.context.poisonCount)
    assert.is(to.snapshot.context.next, 'backoff')
  }
})

test('a commit that was kept is tried again by the same work', () => {
  const stalls = edges.filter(({ to }) => stateOf(to) === '{running:stalled}')
  assert.ok(stalls.length > 0)
  for (const { to } of stalls) {
    const [elapsed] = completions(to)
    assert.ok(elapsed)
    const { commands } = step(to, elapsed, true)
    assert.equal(
      commands.map(({ type }) => type),
      ['commit'],
    )
  }
})

test('untrusted stores are wiped once; untrusted again, they are a fault', () => {
  for (const { from, event, to } of edges) {
    if (event.type !== 'FAILED' || event.failure.kind !== 'untrusted') continue
    const { isWiped } = from.snapshot.context
    assert.is(to.snapshot.context.next === 'wiping', !isWiped, to.trail.join(' '))
  }
})

test('what is ordered comes about next, whatever fails on the way, unless the task ends', () => {
  const followed = { RESTART: 'opening', RESET: 'wiping', QUARANTINE: 'quarantined' } as const
  const nodesOf = edges.filter(({ event, to }) => {
    const isOrder = ORDERS.some((order) => order === event.type)
    return isOrder && !to.snapshot.context.isStopping && stateOf(to) !== 'closed'
  })
  assert.ok(nodesOf.length > 100)
  for (const { event, from, to } of nodesOf) {
    const wanted = followed[event.type as keyof typeof followed] // it is one of them
    // A wipe that is under way, or a quarantine, is what was wanted already, or more.
    const isBefore = ['wiping', 'quarantined'].includes(stateOf(from))
    if (isBefore && event.type !== 'QUARANTINE') continue
    let frontier = [to]
    for (let operations = 0; operations < 4; operations++) {
      frontier = frontier
        .filter((node) => ![wanted, 'closed'].includes(stateOf(node)))
        .filter(({ world }) => !world.isFenced)
        // Stores that cannot be trusted are wiped first, and opened after that.
        .filter((node) => !(wanted === 'opening' && stateOf(node) === 'wiping'))
        .flatMap((node) => completions(node).map((answer) => step(node, answer, true).to))
    }
    assert.equal(frontier.map(stateOf), [], `${event.type} in ${stateOf(from)}`)
  }
})

test('a task that runs, or is paused, is closed clean for an order when nothing fails', () => {
  const ordered = edges.filter(
    ({ from, event }) =>
      ORDERS.some((order) => order === event.type) &&
      /running|paused/.test(stateOf(from)) &&
      !from.snapshot.context.isStopping,
  )
  for (const { to } of ordered) {
    let node = to
    if (stateOf(node) === '{running:committing}') {
      const [done] = completions(node)
      assert.ok(done)
      node = step(node, done, true).to
    }
    assert.is(stateOf(node), '{closing:clean}', to.trail.join(' '))
  }
})

test('a reset that failed is tried again after a wait, and opens nothing before', () => {
  const resets = [...nodes.values()].filter(
    ({ snapshot }) => snapshot.matches('backoff') && snapshot.context.order === 'RESET',
  )
  assert.ok(resets.length > 0)
  for (const node of resets) {
    for (const answer of completions(node))
      assert.is(stateOf(step(node, answer, true).to), 'wiping')
  }
})

test('a paused task takes in nothing until it is resumed', () => {
  for (const { from, event, commands } of edges) {
    if (!from.snapshot.context.isPaused || event.type === 'RESUME') continue
    for (const { type } of commands) assert.is.not(type, 'work')
  }
})

test.run()
