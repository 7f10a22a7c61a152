// Documents of the coordination map between versions: what is absent has a meaning, what is unknown is
// passed over or kept, and what is of another shape is refused whole.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import {
  decodeMember,
  decodePlacement,
  decodeWishes,
  encodeDocument,
  NOTHING_WISHED,
  wishesOf,
} from '#protocols/messages/membership'

const bytes = (document: unknown): Uint8Array => utf8(JSON.stringify(document))

const oldMember = {
  ...{ id: 'a', incarnation: '1', pid: 1, socket: '', workers: 1, state: 'active', startedAt: 5 },
  ...{ topologies: { t: { all: 2 } }, held: ['t/all/0'] },
}

test('a host of an older version keeps no copies, and says nothing of its capacity or zone', () => {
  const member = decodeMember(bytes(oldMember))
  assert.equal(member, { ...oldMember, stateful: [] })
  assert.equal([member.copies, member.capacity, member.zone], [undefined, undefined, undefined])
  assert.equal([member.version, member.plans], [undefined, undefined], 'nor of its program')
})

test('a host of a newer version is understood as far as one knows', () => {
  assert.is(decodeMember(bytes({ ...oldMember, mood: 'well' })).id, 'a')
  const placement = { version: 1, target: {}, granted: {}, mood: 'well' }
  assert.equal(decodePlacement(bytes(placement)).standbys, {})
})

test('wishes that are absent are none', () => {
  assert.equal(wishesOf(null), NOTHING_WISHED)
  assert.equal(decodeWishes(bytes({})), NOTHING_WISHED)
})

test('wishes of a newer version survive a rewrite', () => {
  const wishes = decodeWishes(bytes({ draining: ['a'], retired: ['b'] }))
  const rewritten = encodeDocument({ ...wishes, isFrozen: true })
  assert.equal(JSON.parse(Buffer.from(rewritten).toString()), {
    ...{ draining: ['a'], drainBy: {}, fenced: [], isFrozen: true, pins: {}, retired: ['b'] },
  })
})

test('a document of another shape is refused whole', () => {
  for (const text of ['{', '5', '{"draining":"a"}', '{"pins":{"t/all/0":1}}']) {
    try {
      decodeWishes(utf8(text))
      assert.unreachable(text)
    } catch (thrown) {
      assert.ok(isMillraceError(thrown, 'DOCUMENT_UNREADABLE'), text)
    }
  }
})

test.run()
