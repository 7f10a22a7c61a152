// The drawing of a task's life, beside the machine that it is a drawing of.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { taskMachine } from '#actors/task/machine'
import { lifeChart, PLACES, WAYS } from '../../../../runtime/console/client/lifechart.mjs'

/** Nothing stays there: what follows is decided on the way in. */
const PASSED = ['apart', 'unwiped']

interface StateNode {
  readonly path: readonly string[]
  readonly states: Readonly<Record<string, StateNode>>
  readonly initial: { readonly target: readonly StateNode[] }
  readonly transitions: ReadonlyMap<string, readonly { readonly target?: readonly StateNode[] }[]>
  readonly always?: readonly { readonly target?: readonly StateNode[] }[]
}

const leaves = (node: StateNode): StateNode[] => {
  const inner = Object.values(node.states)
  return inner.length === 0 ? [node] : inner.flatMap(leaves)
}
const root = taskMachine.root as unknown as StateNode // what of it is used here
const all = leaves(root)
const nameOf = ({ path }: StateNode): string => path.join('.')

/** A state with others in it is entered at its first one. */
const entered = (node: StateNode): StateNode =>
  Object.keys(node.states).length === 0 ? node : entered(node.initial.target[0] as StateNode) // it has

/** States that a state can go to, its own ways and those of the states around it. */
function next(node: StateNode): Set<string> {
  const around = node.path.map((_, n) =>
    node.path.slice(0, n + 1).reduce((at, name) => at.states[name] as StateNode, root),
  )
  const targets = around.flatMap((it) => [
    ...[...it.transitions.values()].flat().flatMap(({ target }) => target ?? []),
    ...(it.always ?? []).flatMap(({ target }) => target ?? []),
  ])
  return new Set(
    targets.flatMap((target) => {
      const to = entered(target)
      return PASSED.includes(nameOf(to)) ? [...next(to)] : [nameOf(to)]
    }),
  )
}

test('every state in which a task can be is drawn, and no other', () => {
  const states = all.map(nameOf).filter((name) => !PASSED.includes(name))
  assert.equal(Object.keys(PLACES).sort(), states.sort())
})

test('every way that is drawn is one that the machine can go', () => {
  for (const [from, to] of WAYS) {
    const state = all.find((node) => nameOf(node) === from)
    assert.ok(state !== undefined && next(state).has(to), `${from} to ${to}`)
  }
})

test('the state it is in is marked, and it alone', () => {
  for (const name of Object.keys(PLACES)) {
    const marked = [...lifeChart(name).text.matchAll(/class="box here[^>]*>.*?<text[^>]*>(\w+)</g)]
    assert.equal(
      marked.map(([, label]) => label),
      [name.split('.').at(-1)],
    )
  }
})

test('no two states are drawn at one place', () => {
  const places = Object.values(PLACES).map(({ x, y }) => `${x} ${y}`)
  assert.is(new Set(places).size, places.length)
})

test.run()
