// A damaged log from the command line: found with its place, repaired only when told to, readable
// afterwards.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { encodeDocument, hostKey } from '#protocols/messages/membership'
import { brokerLocation } from '#runtime/process/broker-location'
import { openBroker } from '#runtime/process/open-broker'
import { RecordWriter } from '#runtime/process/record-writer'
import { memberOf } from '../actors/host/host-world.ts'
import { millrace } from '../kit/host-process.ts'
import { tempDir } from '../kit/temp-dir.ts'

/** A log of three batches, of which the one in the middle says something else than was written. */
async function damagedLog(): Promise<string> {
  const directory = join(tempDir(), 'data')
  const broker = openBroker(brokerLocation({ file: directory }, '/'))
  await broker.topics.ensure({ name: 'lines', partitions: 1 })
  await broker.keys.put(hostKey('app', 'one'), encodeDocument(memberOf('one')))
  for (const value of ['first', 'the-needle', 'last']) {
    const writer = new RecordWriter(broker.producer(), 'lines', 1)
    writer.add({ key: null, value: utf8(value), time: 0, headers: [] })
    await writer.flush()
  }
  await broker.close()
  const file = join(directory, 'data.mdb')
  const bytes = readFileSync(file)
  for (let at = bytes.indexOf('the-needle'); at >= 0; at = bytes.indexOf('the-needle', at + 1)) {
    bytes[at] = 0x21
  }
  writeFileSync(file, bytes)
  return directory
}

test('damage is named with its place, and repaired when that was said twice', async () => {
  const directory = await damagedLog()
  const before = readFileSync(join(directory, 'data.mdb'))
  const found = await millrace(['log', 'check', directory])
  assert.is(found.code, 1, found.stderr)
  assert.match(found.stdout, /lines\/0 at offset 1: .*\[BATCH_CORRUPT\]/)
  const report = JSON.parse((await millrace(['log', 'check', directory, '--json'])).stdout)
  assert.equal([report.isSound, report.problems[0].code], [false, 'BATCH_CORRUPT'])

  const asked = await millrace(['log', 'repair', directory])
  assert.is(asked.code, 2)
  assert.match(asked.stderr, /It would:\n {2}remove the batch lines\/0 at offset 1/)
  assert.match(asked.stderr, /say --yes to do it \[OPTION_INVALID\]/)
  assert.ok(before.equals(readFileSync(join(directory, 'data.mdb'))), 'nothing was written')

  const repaired = await millrace(['log', 'repair', directory, '--yes', '--reason', 'bad disk'])
  assert.is(repaired.code, 0, repaired.stderr)
  assert.match(repaired.stdout, /lines\/0: offsets 1 to 1 are lost\n.* is sound again/s)
  const told = await millrace(['events', '--json', '--app', 'app', '--broker', `file:${directory}`])
  const [event] = JSON.parse(told.stdout).events
  assert.equal([event.code, event.facts.lost, event.reason], ['LOG_REPAIRED', 1, 'bad disk'])
  assert.is((await millrace(['log', 'check', directory])).code, 0)
  const args = [
    'consume',
    'lines',
    '--from-beginning',
    '--until-end',
    '--broker',
    `file:${directory}`,
  ]
  assert.is((await millrace(args)).stdout, '~\tfirst\n~\tlast\n')
})

test('a file that is cut off, or full of something else, is damage and no crash', async () => {
  for (const harm of [
    (bytes: Buffer) => bytes.subarray(0, 5000),
    (bytes: Buffer) => bytes.fill(0x5a, 8192),
  ]) {
    const directory = await damagedLog()
    const file = join(directory, 'data.mdb')
    writeFileSync(file, harm(readFileSync(file)))
    const { code, stdout } = await millrace(['log', 'check', directory, '--json'])
    assert.is(code, 1)
    const report = JSON.parse(stdout)
    assert.equal([report.isSound, report.problems[0].code], [false, 'FILE_DAMAGED'])
    assert.match(report.problems[0].where, /data\.mdb/)
  }
})

test.run()
