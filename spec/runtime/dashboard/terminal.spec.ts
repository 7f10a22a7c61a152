// The terminal: what it is sent, what its keys are called, and that it is left as it was found.

import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  keyOf,
  Terminal,
  type TerminalInput,
  type TerminalOutput,
} from '#runtime/dashboard/terminal'
import { span } from '#runtime/dashboard/text'
import type { Key } from '#runtime/dashboard/view'

class Input extends PassThrough {
  isRaw = false

  setRawMode(isRaw: boolean): this {
    this.isRaw = isRaw
    return this
  }
}

class Output extends EventEmitter {
  columns = 20
  rows = 3
  writableNeedDrain = false
  written = ''

  write(text: string): boolean {
    this.written += text
    return true
  }

  /** What was written since it was asked last. */
  take(): string {
    const { written } = this
    this.written = ''
    return written
  }
}

function opened() {
  const [input, output] = [new Input(), new Output()]
  // As much of a terminal as it uses.
  const terminal = new Terminal(
    input as unknown as TerminalInput,
    output as unknown as TerminalOutput,
    true,
  )
  const keys: Key[] = []
  const seen: string[] = []
  terminal.open({
    key: (key) => keys.push(key),
    redraw: () => seen.push('redraw'),
    gone: () => seen.push('gone'),
  })
  return { input, output, terminal, keys, seen }
}

test('the other screen is entered, and left with everything as it was', () => {
  const { input, output, terminal } = opened()
  assert.is(output.take(), '\u001b[?1049h\u001b[?25l\u001b[?7l')
  assert.is(input.isRaw, true)
  terminal.close()
  assert.is(output.take(), '\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l')
  assert.is(input.isRaw, false)
  terminal.close()
  terminal.show([[span('late')]])
  assert.is(output.take(), '')
})

test('only what changed is written', () => {
  const { output, terminal } = opened()
  terminal.show([[span('lag 1')]])
  output.take()
  terminal.show([[span('lag 1')]])
  assert.is(output.take(), '')
  terminal.show([[span('lag 2')]])
  assert.is(output.take(), '\u001b[1;5H\u001b[0m2')
  terminal.close()
})

test('a terminal of another size is drawn anew', () => {
  const { output, terminal, seen } = opened()
  terminal.show([[span('lag 1')]])
  output.take()
  output.columns = 10
  output.emit('resize')
  assert.equal([seen, terminal.size], [['redraw'], { width: 10, height: 3 }])
  terminal.show([[span('lag 1')]])
  assert.match(output.take(), '\u001b[2J')
  terminal.close()
})

test('a terminal that has not taken what it was sent is not sent more until it has', () => {
  const { output, terminal, seen } = opened()
  output.take()
  output.writableNeedDrain = true
  terminal.show([[span('lag')]])
  assert.is(output.take(), '')
  output.writableNeedDrain = false
  output.emit('drain')
  assert.equal(seen, ['redraw'])
  terminal.show([[span('lag')]])
  assert.match(output.take(), 'lag')
  terminal.close()
})

test('keys come one by one', async () => {
  const { input, keys, terminal } = opened()
  input.write('2/Q \t\r\u001b[A\u001b[6~\u001b[Z\u0003\u007f字')
  await new Promise(setImmediate)
  assert.equal(
    keys.map(({ name, isControl }) => (isControl ? `^${name}` : name)),
    [...'2/Q', 'space', 'tab', 'return', 'up', 'pagedown', 'backtab', '^c', 'backspace', '字'],
  )
  terminal.close()
})

test('a terminal that is gone is told', async () => {
  const { input, seen } = opened()
  input.end()
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  assert.equal(seen, ['gone'])
})

test('keys that mean nothing here are none', () => {
  assert.is(keyOf('\u0000', {}), null)
  assert.is(keyOf('\u001bx', { name: 'x', meta: true }), null)
  assert.equal(keyOf('\u001b', { name: 'escape', meta: true }), { name: 'escape' })
})

test.run()
