// The header of a commit says the same after it was written, and nothing else is taken for one.

import fc from 'fast-check'
import protobuf from 'protobufjs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { epoch, offset } from '#protocols/core/brands'
import { isMillraceError } from '#protocols/core/errors'
import {
  type CommitHeader,
  claimHeader,
  commitHeader,
  commitLog,
  commitRefOf,
  decodeCommitHeader,
  encodeCommitHeader,
} from '#protocols/messages/commit-header'

const uint32 = fc.nat(2 ** 31 - 1).map((it) => it * 2 + 1)
const position = fc
  .tuple(fc.string(), uint32, fc.maxSafeNat())
  .map(([topic, partition, next]) => ({ at: { topic, partition }, next: offset(next) }))
const header: fc.Arbitrary<CommitHeader> = fc.record(
  {
    kind: fc.constantFrom('claim', 'commit'),
    epoch: uint32.map(epoch),
    number: uint32,
    tag: fc.string(),
    host: fc.string(),
    positions: fc.array(position, { maxLength: 5 }),
    meta: fc.uint8Array(),
    history: fc.string(),
  },
  { noNullPrototype: true },
)

test('a header comes back as it was written', () => {
  fc.assert(
    fc.property(header, (it) => assert.equal(decodeCommitHeader(encodeCommitHeader(it)), it)),
  )
})

test('a header is its message in protobuf, both ways, of which fields may be missing, or be unknown', () => {
  const { root } = protobuf.parse(`
    syntax = "proto3";
    message Position { string topic = 1; uint32 partition = 2; double next = 3; }
    message CommitHeader {
      uint32 kind = 1; uint32 epoch = 2; uint32 number = 3; string tag = 4; string host = 5;
      repeated Position position = 6; bytes meta = 7; string history = 8; string later = 90;
    }
  `)
  const message = root.lookupType('CommitHeader')
  fc.assert(
    fc.property(header, (it) => {
      const position = it.positions.map(({ at, next }) => ({ ...at, next }))
      const wire = { ...it, kind: it.kind === 'claim' ? 1 : 2, position }
      const ours = message.decode(encodeCommitHeader(it))
      assert.equal([...message.encode(ours).finish()], [...message.encode(wire).finish()])
      const later = message.encode({ ...wire, later: 'x' }).finish()
      assert.equal(decodeCommitHeader(later), it)
    }),
  )
  const bare = decodeCommitHeader(message.encode({ kind: 2, position: [{}] }).finish())
  assert.equal([bare.kind, bare.tag, bare.meta.length], ['commit', '', 0])
  assert.equal(bare.positions, [{ at: { topic: '', partition: 0 }, next: offset(0) }])
})

test('bytes that are no header are refused', () => {
  for (const bytes of [[], [0x08, 3], [0x3a, 0xff], [0x08]]) {
    assert.throws(
      () => decodeCommitHeader(Uint8Array.from(bytes)),
      (error: unknown) => isMillraceError(error, 'COMMIT_UNREADABLE'),
    )
  }
})

test('a claim is of the next epoch, and carries over everything else; the first begins with nothing', () => {
  const first = claimHeader(null, { tag: 'a', host: 'one' })
  assert.equal(
    [first.kind, first.epoch, first.number, first.tag, first.host, first.history],
    ['claim', 1, 0, 'a', 'one', 'a'],
  )
  assert.equal([first.positions, first.meta.length], [[], 0])
  const committed = { ...first, kind: 'commit', number: 7, meta: Uint8Array.of(5) } as const
  const second = claimHeader(committed, { tag: 'b', host: 'two' })
  assert.equal(second, { ...committed, kind: 'claim', epoch: 2, tag: 'b', host: 'two' })
  assert.equal(commitRefOf(second, offset(9)), {
    ...{ next: 9, epoch: 2, number: 7, tag: 'b', history: 'a' },
  })
})

test('a commit is the next of its claim, with what it is given and nothing else changed', () => {
  fc.assert(
    fc.property(header, fc.array(position), fc.uint8Array(), (last, positions, meta) => {
      const next = { kind: 'commit', number: last.number + 1, positions, meta } as const
      assert.equal(commitHeader(last, { positions, meta }), { ...last, ...next })
    }),
  )
})

test('a commit log is a partition of its sub-topology’s changelog', () => {
  const task = { application: 'app', topology: 't', subtopology: 's', partition: 3 }
  assert.equal(commitLog(task), { topic: 'app.t.s.changelog', partition: 3 })
})

test.run()
