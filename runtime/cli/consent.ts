// What a command is about to do, and whether it may: the plan goes to standard error, and is carried out
// when the operator says --yes, or y where there is a terminal to ask at. Else nothing was done, and the
// exit code is 2.

import process from 'node:process'
import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { optionInvalid } from './options.ts'
import { printNote } from './print.ts'

export interface ConsentOptions {
  readonly yes?: boolean
  readonly json?: boolean
}

export const withConsent = (command: Command): Command =>
  command.option('-y, --yes', 'do it; without, it says what it would do')

/** Where a question can be asked. */
export interface Asking {
  readonly isTerminal: boolean
  ask(question: string): Promise<string>
}

const TERMINAL: Asking = {
  get isTerminal() {
    return process.stdin.isTTY === true && process.stderr.isTTY === true
  },
  async ask(question) {
    const lines = createInterface({ input: process.stdin, output: process.stderr })
    try {
      return await lines.question(question)
    } finally {
      lines.close()
    }
  },
}

/**
 * Shows the plan; whether it is to be carried out. Who answers false throws `notDone` when everything
 * else is said.
 */
export async function agreed(
  plan: readonly string[],
  { yes = false, json = false }: ConsentOptions,
  asking: Asking = TERMINAL,
): Promise<boolean> {
  if (yes) return true
  if (!json) for (const line of plan) printNote(line)
  if (json || !asking.isTerminal) return false
  const answer = await asking.ask('Do it? y/n ')
  return /^y(es)?$/i.test(answer.trim())
}

export const notDone = (): Error => optionInvalid('nothing was done; say --yes to do it')
