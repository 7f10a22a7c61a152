// A plan is carried out when somebody said so, and only then.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Asking, agreed } from '../../../runtime/cli/consent.ts'

class Terminal implements Asking {
  readonly isTerminal: boolean
  readonly asked: string[] = []
  readonly #answer: string

  constructor(answer: string | null) {
    this.isTerminal = answer !== null
    this.#answer = answer ?? ''
  }

  async ask(question: string): Promise<string> {
    this.asked.push(question)
    return this.#answer
  }
}

test('--yes asks nobody', async () => {
  const terminal = new Terminal('n')
  assert.is(await agreed([], { yes: true }, terminal), true)
  assert.equal(terminal.asked, [])
})

test('at a terminal y and yes are a yes, and whatever else is none', async () => {
  for (const [answer, expected] of [
    ...(['y', 'Y', ' yes '] as const).map((it) => [it, true] as const),
    ...(['', 'n', 'yess', 'ok'] as const).map((it) => [it, false] as const),
  ]) {
    const terminal = new Terminal(answer)
    assert.is(await agreed([], {}, terminal), expected, answer)
    assert.is(terminal.asked.length, 1)
  }
})

test('where there is no terminal, or JSON is wanted, nobody is asked and nothing is done', async () => {
  assert.is(await agreed([], {}, new Terminal(null)), false)
  const terminal = new Terminal('y')
  assert.is(await agreed([], { json: true }, terminal), false)
  assert.equal(terminal.asked, [])
})

test.run()
