// What a second process does in the specs of processes and in the measures of the doorbell: told by its
// arguments, it says what it did on standard output, a line each.
//
//   append DIR        appends transactions of two equal batches to two partitions until it is killed
//   echo DIR          reads `ping` and appends what it read to `pong`, until its input ends

import { offset } from '#protocols/core/brands'
import { batchOf, shown } from '../../contracts/broker-kit.ts'
import { directoryBroker } from './brokers.ts'

const [what, directory = ''] = process.argv.slice(2)
const durability = process.argv[4] === 'fsync' ? 'fsync' : 'os'
const broker = directoryBroker(directory, { durability })

if (what === 'append') await appendForEver()
else if (what === 'echo') echo()
else throw new Error(`unknown: ${what}`)

async function appendForEver(): Promise<never> {
  const producer = broker.producer()
  for (let i = 0; ; i++) {
    const records = Array.from({ length: 20 }, (_, n) => `k${n}=${'v'.repeat(i % 400)}`)
    const batch = batchOf(records)
    const appends = [0, 1].map((partition) => ({ to: { topic: 'pair', partition }, batch }))
    await Promise.all([producer.append(appends), producer.append(appends)])
    process.stdout.write(`stored ${(i + 1) * 40}\n`)
  }
}

function echo(): void {
  const producer = broker.producer()
  const read = (): void => {
    // Until it comes up empty: only then is a reader rung again.
    for (;;) {
      const batches = reader.take(1 << 20)
      if (batches.length === 0) return
      for (const { batch, base } of batches) {
        const records = shown(batch, base).map((record) => record.slice(record.indexOf(' ') + 1))
        void producer.append([{ to: { topic: 'pong', partition: 0 }, batch: batchOf(records) }])
      }
    }
  }
  const reader = broker.reader({ topic: 'ping', partition: 0 }, offset(0), read)
  read()
  process.stdin.on('end', () => void broker.close())
  process.stdin.resume()
  process.stdout.write('ready\n')
}
