// The host of memory.bench.ts: runs a topology in this thread, looks at its own memory, and prints a
// line of JSON for every look: bytes of heap, of buffers, and resident ones.
//
//   memory-host.ts DIRECTORY MODULE

import { host } from 'millrace'

const [directory = '', name = ''] = process.argv.slice(2)
const LOOK_EVERY_MS = 50
const app = await host({
  application: 'bench',
  broker: { file: directory, durability: 'os' },
  actors: [new URL(`./${name}.ts`, import.meta.url)],
})
const look = setInterval(() => {
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage()
  process.stdout.write(`${JSON.stringify({ heapUsed, arrayBuffers, rss })}\n`)
}, LOOK_EVERY_MS)
process.on('SIGTERM', () => {
  clearInterval(look)
  void app.close()
})
