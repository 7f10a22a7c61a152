// How far long work is, where somebody looks.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Progress } from '#runtime/cli/progress'

class Screen {
  isTerminal = true
  columns = 80
  at = 0
  written = ''
  now = (): number => this.at
  write = (text: string): void => {
    this.written += text
  }
  /** What is on the line now. */
  get line(): string {
    return this.written.slice(this.written.lastIndexOf('\u001b[K') + 3)
  }
}

const shown = (screen: Screen): Progress =>
  new Progress('checking', (perSecond) => `${perSecond} B/s`, screen)

test('a bar, a rate and the time that is left stand on one line, which is gone at the end', () => {
  const screen = new Screen()
  const progress = shown(screen)
  screen.at = 9000
  progress.show(100, 2000)
  // From there on it is measured: what went before may have been something else.
  screen.at = 11_000
  progress.show(500, 2000)
  assert.match(screen.line, /^checking \[█{6}░{18}\] {2}25 % {2}200 B\/s {2}8 s left$/)
  progress.end()
  assert.is(screen.line, '')
  assert.not.match(screen.written, '\n')
})

test('nothing is written where no terminal is', () => {
  const screen = new Screen()
  screen.isTerminal = false
  const progress = shown(screen)
  progress.show(1, 2)
  progress.end()
  assert.is(screen.written, '')
})

test('it is drawn ten times a second at most, never wider than the terminal', () => {
  const screen = new Screen()
  screen.columns = 20
  const progress = shown(screen)
  progress.show(1, 100)
  const { length } = screen.written
  screen.at = 99
  progress.show(2, 100)
  assert.is(screen.written.length, length)
  screen.at = 100
  progress.show(3, 100)
  assert.ok(screen.written.length > length)
  assert.is(screen.line.length, 19)
})

test('work that has no size is at its beginning, and no time is guessed', () => {
  const screen = new Screen()
  const progress = shown(screen)
  screen.at = 5000
  progress.show(0, 0)
  assert.match(screen.line, / 0 % {2}0 B\/s$/)
})

test.run()
