// What a host says of itself.

import process from 'node:process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hostFacts } from '#runtime/process/host-facts'
import { fromWire, toWire } from '#runtime/process/wire'

test('a host tells its process and its machine, in numbers that survive the way', () => {
  const facts = hostFacts(['wordcount'], true, [])
  assert.equal([facts.pid, facts.node], [process.pid, process.versions.node])
  assert.ok(facts.rss > 0 && facts.uptimeS > 0 && facts.cpuS > 0 && facts.cores >= 1)
  assert.ok(facts.memoryFree > 0 && facts.memoryFree <= facts.memoryTotal)
  assert.equal(fromWire(toWire(facts)), facts)
})

test.run()
