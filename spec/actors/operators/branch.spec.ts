// split: the first branch that holds takes the record.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { branch, pass } from '#actors/operators/branch'
import type { Receive } from '#actors/topology/node'
import { serde } from '#protocols/serdes/serdes'
import { encoded } from '#protocols/serdes/whole'
import { Drive, IN, node } from '../../kit/drive.ts'

function split(otherwise: string | null): (value: number) => string[] {
  const seen: string[] = []
  const end = (name: string) => (): Receive => (_key, value) => seen.push(`${name} ${value}`)
  const branches = [
    { node: 'small', holds: (_key: unknown, value: number) => value < 10 },
    { node: 'even', holds: (_key: unknown, value: number) => value % 2 === 0 },
  ]
  const drive = new Drive({
    name: 'split',
    sources: [IN],
    nodes: [
      // Plans hold operators of every type alike.
      node('split', branch(branches, otherwise) as () => Receive, [1, 2, 3]),
      node('small', pass() as () => Receive, [4]),
      node('even', pass() as () => Receive, [5]),
      node('rest', pass() as () => Receive, [6]),
      node('small end', end('small')),
      node('even end', end('even')),
      node('rest end', end('rest')),
    ],
    stores: [],
  })
  return (value) => {
    drive.bytes('in', { value: encoded(serde.json(), value) })
    return seen.splice(0)
  }
}

test('a record goes to the first branch whose predicate holds, and to no other', () => {
  const send = split('rest')
  assert.equal(send(4), ['small 4'])
  assert.equal(send(12), ['even 12'])
  assert.equal(send(13), ['rest 13'])
})

test('without a default branch the rest is dropped', () => {
  assert.equal(split(null)(13), [])
})

test.run()
