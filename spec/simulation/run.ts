// One simulation from the command line: SEED (default: by the clock) and STEPS (default 500). With UPGRADE=1
// hosts that start again may run the next program.

import process from 'node:process'
import { simulate, Violation } from './simulation.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const steps = Number(process.env['STEPS'] ?? 500)
const isUpgraded = process.env['UPGRADE'] === '1'
const say = (line: string): void => void process.stdout.write(`${line}\n`)

say(`SEED=${seed} STEPS=${steps}`)
try {
  const words = await simulate({ seed, steps, isUpgraded, say })
  say(`${words} words, each counted once`)
} catch (thrown) {
  if (!(thrown instanceof Violation)) throw thrown
  process.stderr.write(
    `${thrown.message.split('\n')[0]}\nagain: make sim SEED=${seed} STEPS=${steps}${isUpgraded ? ' UPGRADE=1' : ''}\n`,
  )
  process.exitCode = 1
}
