// Threads that begin before they are needed: whoever takes one cannot tell, and nobody is left over. In
// processes of their own, as a thread takes over what its process was started with, the runner's part too.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const MODULES = new URL('../../../runtime/process/', import.meta.url)
const FLAGS = ['--import', 'tsx', '--conditions=source', '--input-type=module', '--eval']

/** What a program says that has a nursery and `die`, which is what a thread says that has no broker. */
async function said(body: string): Promise<string> {
  const program = `
    import { once } from 'node:events'
    import { brokerLocation } from ${JSON.stringify(new URL('broker-location.ts', MODULES))}
    import { ThreadNursery } from ${JSON.stringify(new URL('thread-nursery.ts', MODULES))}
    const location = brokerLocation('file:/dev/null/data', '/')
    const birth = { index: 0, application: 'app', host: 'one', logLevels: { level: 'error', actors: [] }, location }
    const die = async (nursery) => (await once(nursery.take(birth), 'error'))[0].message
    ${body}`
  return (await promisify(execFile)(process.execPath, [...FLAGS, program])).stdout.trim()
}

for (const begun of [0, 1]) {
  test(`a thread hears what it is, and says what it dies of, with ${begun} begun before`, async () => {
    const heard = await said(`console.log(await die(new ThreadNursery(${begun})))`)
    assert.match(heard, '/dev/null/data')
  })
}

test('who needs more threads than have begun begins those that are missing, and no other', async () => {
  const heard = await said(`
    const begun = []
    process.on('worker', () => begun.push('thread'))
    const nursery = new ThreadNursery(1)
    nursery.reach(3)
    nursery.reach(2)
    await new Promise(setImmediate)
    await nursery.close()
    console.log(begun.join())`)
  assert.is(heard, 'thread,thread,thread')
})

test('those that nobody takes are ended, and none of them is given any more', async () => {
  // It ends by itself: a thread that waits would keep it for ever.
  const heard = await said(`
    const nursery = new ThreadNursery(2)
    await nursery.close()
    console.log(await die(nursery))`)
  assert.match(heard, '/dev/null/data')
})

test.run()
