// The second process of log.bench.ts: appends one record at a time to partition 0 of `bell`, waits
// for each, and prints when each was acknowledged, as JSON, in ms since 1970.
//
//   log-child.ts DIRECTORY COUNT

import { utf8 } from '#protocols/core/bytes'
import { BatchBuilder } from '#protocols/records/batch'
import { openBroker } from '#runtime/process/open-broker'
import { nowMs, pause } from './measure.ts'

const [directory = '', count = '100'] = process.argv.slice(2)
const broker = openBroker({ directory, durability: 'os' })
const producer = broker.producer()
const acknowledged: number[] = []
for (let n = 0; n < Number(count); n++) {
  const builder = new BatchBuilder()
  builder.add(null, utf8(String(n)), Date.now())
  await producer.append([{ to: { topic: 'bell', partition: 0 }, batch: builder.finish() }])
  acknowledged.push(nowMs())
  await pause(5)
}
await broker.close()
process.stdout.write(JSON.stringify(acknowledged))
