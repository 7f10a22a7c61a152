// Unmatched: records that wait for a partner, let out in order when their windows close.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Unmatched } from '#actors/operators/unmatched'
import type { NodeContext } from '#actors/topology/node'
import { serde } from '#protocols/serdes/serdes'
import { sided } from '#protocols/serdes/sided'
import type { BufferSpec, StoreSpec } from '#stores/store'
import { DriveOne } from '../../kit/drive.ts'

const text = serde.string()
const STORE: BufferSpec<unknown, unknown> = {
  ...{ kind: 'buffer', name: 'held', keeps: 'all' },
  key: sided(text, text) as never, // a spec of any types
  value: sided(text, text) as never,
}
const SPEC = { store: 'held', leftClosesMs: 20, rightClosesMs: 5 }

/** The buffer of a running node. */
function opened(): Unmatched<string, string> {
  const made: Unmatched<string, string>[] = []
  new DriveOne(
    (context: NodeContext) => {
      made.push(new Unmatched(SPEC, context))
      return () => {}
    },
    [STORE as StoreSpec],
  )
  const [it] = made
  assert.ok(it)
  return it
}

const taken = (it: Unmatched<string, string>, lookMs: number): string[] =>
  it.takeClosed(lookMs).map(({ key, value, time }) => `${time} ${key.isLeft} ${key.of} ${value.of}`)

test('each side closes by its own time, strictly', () => {
  const it = opened()
  it.advance(100)
  it.hold(true, 'l', 'L', 100)
  it.hold(false, 'r', 'R', 100)
  it.advance(105)
  assert.equal(taken(it, 0), [])
  it.advance(106)
  assert.equal(taken(it, 0), ['100 false r R'])
  it.advance(121)
  assert.equal(taken(it, 0), ['100 true l L'])
  assert.equal(taken(it, 0), [])
})

test('who met another is not let out, whatever else is held of the same time', () => {
  const it = opened()
  it.advance(100)
  for (const value of ['one', 'two']) it.hold(true, 'a', value, 100)
  it.hold(true, 'b', 'three', 100)
  it.matched(true, 'a', 100)
  it.matched(false, 'b', 100)
  it.advance(500)
  assert.equal(taken(it, 0), ['100 true b three'])
})

test('a look is taken only when the clock is far enough past the mark', () => {
  const it = opened()
  it.advance(100)
  it.hold(true, 'a', 'A', 100)
  it.advance(130)
  assert.equal(taken(it, 30), [])
  assert.equal(taken(it, 29), ['100 true a A'])
})

test('after a look the mark stands at the last entry looked at: earlier ones wait for it', () => {
  const it = opened()
  it.advance(110)
  it.hold(true, 'a', 'A', 90)
  it.hold(true, 'b', 'B', 100)
  it.hold(true, 'c', 'C', 110)
  it.advance(111)
  assert.equal(taken(it, 20), ['90 true a A'])
  it.advance(125)
  assert.equal(taken(it, 20), [], 'b is closed, but the mark is at c')
  it.advance(131)
  assert.equal(taken(it, 20), ['100 true b B', '110 true c C'])
})

test.run()
