// Two host processes that share nothing but a NATS server count words, and are killed, they and the
// server, in the middle of it. In the end every word has its exact count and each update is there once.

import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { BatchBuilder } from '#protocols/records/batch'
import type { Header } from '#protocols/records/record'
import { brokerLocation } from '#runtime/process/broker-location'
import { connectBroker } from '#runtime/process/open-broker'
import { millrace } from '../kit/host-process.ts'
import { natsSuite } from '../kit/nats-server.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { NatsWords } from './nats-words.ts'

await natsSuite('nats', {}, (test, server) => {
  test('killed hosts and a killed server leave a word count exact', async () => {
    const world = await NatsWords.open(server)
    const { lines, updates } = world
    try {
      let [one, two] = [world.host('one'), world.host('two')]
      await Promise.all([one.ready(), two.ready()])
      for (let round = 0; round < 6; round++) {
        const from = updates.count
        await world.feed(round)
        // Somewhere on the way: what is written so far decides, not the clock.
        await world.reach(from + Math.floor(((lines.words - from) * (round + 1)) / 8))
        if (round % 3 === 0) {
          await one.signal('SIGKILL')
          one = world.host('one')
          await one.ready()
        } else if (round % 3 === 1) {
          await server.stop()
          await server.start()
        } else {
          await two.signal('SIGKILL')
          two = world.host('two')
        }
      }
      await two.ready()
      await world.reach(lines.words)
      const asked = await millrace(['query', 'counts', 'w0', '--broker', server.url])
      assert.is(asked.stdout.trim(), String(lines.totals.get('w0')), asked.stderr)
      await Promise.all([one.signal('SIGTERM'), two.signal('SIGTERM')])
      assert.equal([await one.exit, await two.exit], [0, 0])
      assert.is(updates.count, lines.words)
      assert.equal(updates.wrong, [])
      assert.equal(updates.totals, lines.totals)
      await world.beginAnew()
    } finally {
      await world.close()
    }
  })

  test('commands speak to NATS as to a directory', async () => {
    const run = async (args: readonly string[], stdin = ''): Promise<string> => {
      const { code, stdout, stderr } = await millrace([...args, '--broker', server.url], stdin)
      assert.is(code, 0, stderr)
      return stdout
    }
    await run(['topics', 'create', 'plain', '--partitions', '2'])
    await run(['produce', 'plain'], 'one\ntwo\nthree\n')
    const shown = await run(['consume', 'plain', '--from-beginning', '--until-end'])
    assert.equal(shown.match(/one|two|three/g)?.sort(), ['one', 'three', 'two'])
    assert.match(await run(['topics', 'list']), 'plain')
    await run(['topics', 'drop', 'plain', '--yes'])
    const broker = await connectBroker(brokerLocation(server.url, tempDir()))
    await broker.topics.ensure({ name: 'letters', partitions: 1 })
    const facts = { code: 'RECORD_UNREADABLE', message: 'no', topic: 'in', partition: 0, offset: 0 }
    const letter = new BatchBuilder()
    for (const key of ['k1', 'k2']) {
      const headers: Header[] = Object.entries(facts).map(([name, value]) => [
        `millrace.error.${name}`,
        utf8(String(value)),
      ])
      letter.add(utf8(key), utf8('v'), 1, headers)
    }
    const to = { topic: 'letters', partition: 0 }
    await broker.producer().append([{ to, batch: letter.finish() }])
    await broker.close()
    assert.match(await run(['dlq', 'ls']), /letters .*2/)
    assert.match(await run(['dlq', 'show', 'letters']), 'k2')
  })
})
