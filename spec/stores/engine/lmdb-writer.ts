// A process of lmdb-killed.spec.ts: its threads commit for ever, side by side, each a dot.

import process from 'node:process'
import { isMainThread, threadId, Worker } from 'node:worker_threads'
import { utf8 } from '#protocols/core/bytes'
import { openLmdb } from '#stores/engine/lmdb'

const [directory = '', threads = '1'] = process.argv.slice(2)
if (isMainThread) for (let n = 1; n < Number(threads); n++) startThread()
const engine = openLmdb({ directory, kind: 'log', durability: 'fsync' })
const table = engine.table('t')
const value = new Uint8Array(3000)

for (let n = 0; ; n++) {
  await engine.commit(() => table.put(utf8(`${process.pid} ${threadId} ${n % 64}`), value))
  process.stdout.write('.')
}

/** Another thread of this program: TypeScript is made known to it first. */
function startThread(): void {
  const tsx = JSON.stringify(import.meta.resolve('tsx/esm/api'))
  const script = `import(${tsx}).then(({ register }) => { register(); import(${JSON.stringify(import.meta.url)}) })`
  new Worker(script, { eval: true, argv: [directory] })
}
