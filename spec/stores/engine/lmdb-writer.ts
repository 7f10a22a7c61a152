// A process of lmdb-killed.spec.ts: its threads commit for ever, side by side, each a dot.

import process from 'node:process'
import { isMainThread, threadId } from 'node:worker_threads'
import { utf8 } from '#protocols/core/bytes'
import { openLmdb } from '#stores/engine/lmdb'
import { typescriptThread } from '../../kit/typescript-thread.ts'

const [directory = '', threads = '1'] = process.argv.slice(2)
if (isMainThread) {
  for (let n = 1; n < Number(threads); n++) typescriptThread(import.meta.url, { argv: [directory] })
}
const engine = openLmdb({ directory, kind: 'log', durability: 'fsync' })
const table = engine.table('t')
const value = new Uint8Array(3000)

for (let n = 0; ; n++) {
  await engine.commit(() => table.put(utf8(`${process.pid} ${threadId} ${n % 64}`), value))
  process.stdout.write('.')
}
