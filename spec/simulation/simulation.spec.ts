// Clusters under seeds, as they are: nothing is lost or done twice. Made unsafe in one place: unsafe.spec.ts.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { simulate } from './simulation.ts'

const STEPS = 80
const SEEDS = Array.from({ length: 12 }, (_, n) => n + 1)

test('whatever happens to hosts and senders, between them and the broker and to the power, what was acknowledged is there and each word is counted once, by one owner at a time', async () => {
  let words = 0
  for (const seed of SEEDS) words += await simulate({ seed, steps: STEPS })
  assert.ok(words > 500, 'enough was sent to say so')
})

test('whatever happens while hosts are upgraded, each word and each update is counted once', async () => {
  let words = 0
  for (const seed of SEEDS.slice(0, 6)) {
    words += await simulate({ seed, steps: STEPS, isUpgraded: true })
  }
  assert.ok(words > 250, 'enough was sent to say so')
})

test('the same seed gives the same run', async () => {
  const run = async (): Promise<string[]> => {
    const lines: string[] = []
    await simulate({ seed: 7, steps: 30, say: (line) => lines.push(line) })
    return lines
  }
  assert.equal(await run(), await run())
})

test.run()
