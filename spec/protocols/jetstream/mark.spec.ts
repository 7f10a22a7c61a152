// What messages say of themselves beside their bytes.

import { headers } from 'nats'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import {
  commitMarkOf,
  foreignBatch,
  forwardedLine,
  isForwarded,
  KEY,
  markOf,
  readForwarded,
  readMark,
} from '#protocols/jetstream/mark'
import { readBatch, recordsOf } from '#protocols/records/batch'

test('a mark is read as it was written; a message without one is foreign, of when it came', () => {
  const none = { changes: null }
  assert.equal(readMark(markOf('b', 3, 99), 5), { kind: 'batch', span: 3, maxTime: 99, ...none })
  assert.equal(readMark(undefined, 5), { kind: 'foreign', span: 1, maxTime: 5, ...none })
  const commit = { kind: 'commit', span: 1, maxTime: 0 }
  assert.equal(readMark(commitMarkOf(1, 0, 0), 5), { ...commit, changes: 0 })
  assert.equal(readMark('c 1 0', 5), { ...commit, ...none }, 'older versions do not say')
  assert.is(readMark('something else', 5).kind, 'foreign')
})

test('a mark without its numbers is of one record, of when it came', () => {
  const marks = ['b', 'b x', 'b  ', 'b NaN NaN', 'b -1 -1', 'b 1.5 1e3', 'b 65537 0x10', 'b 1e9 ']
  for (const line of marks) {
    const { span, maxTime } = readMark(line, 5)
    assert.equal([span, maxTime], [1, 5], line)
  }
  assert.is(readMark('c 1 0 many', 5).changes, null)
})

test('what was forwarded last tells what was forwarded before it, in one history only', () => {
  const at = (log: string, commit: number, index: number) => ({ log, commit, index })
  assert.equal(readForwarded(forwardedLine(at('l', 7, 2))), at('l', 7, 2))
  assert.is(readForwarded(undefined), null)
  const last = at('l', 7, 2)
  assert.ok(isForwarded(last, at('l', 7, 2)))
  assert.ok(isForwarded(last, at('l', 6, 9)))
  assert.not.ok(isForwarded(last, at('l', 7, 3)))
  assert.not.ok(isForwarded(last, at('l', 8, 0)))
  assert.not.ok(isForwarded(last, at('other', 1, 0)))
  assert.not.ok(isForwarded(null, at('l', 1, 0)))
})

test('a foreign message is one record: key, headers, value, time', () => {
  const lines = headers()
  lines.set(KEY, 'k')
  lines.append('color', 'red')
  lines.append('color', 'blue')
  lines.set('Nats-Msg-Id', '1')
  const [record] = recordsOf(foreignBatch(utf8('v'), lines, 42))
  assert.is(fromUtf8(record?.key ?? utf8('')), 'k')
  assert.is(fromUtf8(record?.value ?? utf8('')), 'v')
  assert.is(record?.time, 42)
  const shown = record?.headers.map(([name, value]) => `${name}=${fromUtf8(value)}`)
  assert.equal(shown, ['color=red', 'color=blue'])
  assert.is(recordsOf(foreignBatch(utf8('v'), undefined, 42))[0]?.key, null)
  assert.is(readBatch(foreignBatch(utf8('v'), undefined, 42)).intakeTime, 42)
})

test.run()
