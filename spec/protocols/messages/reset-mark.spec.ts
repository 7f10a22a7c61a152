// The mark of a reset is read as it was written, and as versions before wrote it.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { decodeResetMark, encodeResetMark } from '#protocols/messages/reset-mark'

test('a mark is read as it was written', () => {
  const readings = [{ topology: 'flow', subtopology: 'lines', tasks: 2, sources: ['lines'] }]
  for (const from of ['earliest', 'latest', { timeMs: 12 }, { offset: 3 }] as const) {
    const mark = { topology: 'flow', from, readings }
    assert.equal(decodeResetMark(encodeResetMark(mark)), mark)
  }
})

test('a mark that is a text names the topology, and begins at the beginning', () => {
  for (const topology of ['', 'flow']) {
    const mark = { topology, from: 'earliest', readings: [] }
    assert.equal(decodeResetMark(utf8(topology)), mark)
  }
})

test.run()
