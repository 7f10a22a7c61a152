// The conformance adapter: reads requests, one a line, and answers each in a line. A topology comes as
// JSON and is built with the public DSL and run on the testkit; a store's calls are made on the store.
// It knows the language of the requests, and no case.

import process, { stdin, stdout } from 'node:process'
import { createInterface } from 'node:readline'
import type { TopologyRequest } from './kstreams/request.ts'
import { answerTopology } from './kstreams/run.ts'
import { answerStoreCalls, type StoreCalls } from './stores.ts'

type Request = TopologyRequest | ({ readonly id: string } & StoreCalls)

for await (const line of createInterface({ input: stdin })) {
  if (line.trim() === '') continue
  // One request a line, as the language says.
  const request = JSON.parse(line) as Request
  stdout.write(`${JSON.stringify(await answer(request))}\n`)
}
process.exit(0)

async function answer(request: Request): Promise<unknown> {
  const { id } = request
  try {
    if ('store' in request) return { id, returns: answerStoreCalls(request) }
    return await answerTopology(request)
  } catch (error) {
    return { id, unsupported: error instanceof Error ? (error.stack ?? error.message) : error }
  }
}
