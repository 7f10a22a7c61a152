// What a group of hosts costs and what it is worth, on both brokers: pauses when tasks move and when a
// host dies, how fast state is restored, what exactly once costs, what a second host adds.
//
//   WORDS in stores (400,000), KEYS to restore (1,000,000), LINES counted (200,000 and a fifth of them on
//   NATS), RECORDS burnt (65,536) and ROUNDS (3) turn it up or down; ONLY names one part.

import process from 'node:process'
import { guarantees } from './guarantees.ts'
import { type Figure, report } from './harness.ts'
import { setting } from './measure.ts'
import { KINDS } from './meeting.ts'
import { restores } from './restores.ts'
import { scaling } from './scaling.ts'
import { takeovers } from './takeovers.ts'

const WORDS = setting('WORDS', 400_000)
const KEYS = setting('KEYS', 1_000_000)
const LINES = setting('LINES', 200_000)
const RECORDS = setting('RECORDS', 65_536)
const ROUNDS = setting('ROUNDS', 3)

const parts: Readonly<Record<string, () => Promise<Figure[]>>> = {
  async takeovers() {
    const figures: Figure[] = []
    for (const kind of KINDS) figures.push(...(await takeovers(kind, WORDS)))
    return figures
  },
  restores: async () => [
    await restores('embedded', KEYS, ROUNDS, 500_000),
    await restores('NATS', KEYS, ROUNDS, 200_000),
  ],
  guarantees: async () => [
    ...(await guarantees('embedded', LINES, ROUNDS, 0.2)),
    ...(await guarantees('NATS', LINES / 5, ROUNDS, 0.4)),
  ],
  scaling: () => scaling('embedded', RECORDS, ROUNDS, 1.6),
}

const only = process.env['ONLY']
for (const [name, part] of Object.entries(parts)) {
  if (only === undefined || only === name) report(`cluster, ${name}`, await part())
}
process.exit(0)
