// An operator on another machine: nothing of a host is at hand but the broker. Every question and every
// order goes over it, by way of any host that lives, and when none does the map is what is left.

import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { suite, type Test } from 'uvu'
import * as assert from 'uvu/assert'
import { HostProcess, manifestIn, millrace } from '../kit/host-process.ts'
import { natsSuite } from '../kit/nats-server.ts'
import { tempDir } from '../kit/temp-dir.ts'

const topology = fileURLToPath(new URL('../examples/wordcount/wordcount.ts', import.meta.url))

/** A host whose socket nobody finds: as from another machine, or another container. */
async function remote(id: string, directory: string, broker: string): Promise<HostProcess> {
  const host = new HostProcess(
    manifestIn(directory, {
      ...{ application: 'app', broker, host: id, workers: 0, partitions: 2, log: 'error' },
      actors: [{ topology }],
    }),
  )
  const { socket } = JSON.parse(await host.ready())
  rmSync(socket)
  return host
}

function declare(test: Test, place: () => { directory: string; broker: string }): void {
  test('every command works by the broker alone, through whichever host lives', async () => {
    const { directory, broker } = place()
    const one = await remote('one', directory, broker)
    const elsewhere = tempDir()
    const run = (line: string) => millrace([...line.split(' '), '--broker', broker], '', elsewhere)
    const done = async (line: string): Promise<string> => {
      const { code, stdout, stderr } = await run(line)
      assert.is(code, 0, `${line}: ${stderr}`)
      return stdout
    }
    for (;;) if (/running/.test(await done('tasks'))) break
    for (const line of ['lag', 'tree', 'stores']) {
      await done(line)
    }
    assert.is(JSON.parse(await done('status --json')).host, 'one')
    assert.match(await done('task show wordcount/counts/0'), /wordcount\/counts\/0/)
    assert.match(await done('host show one'), /one/)
    await done('task pause wordcount/counts/0 --yes')
    for (;;) if (/counts\/0 +active +paused/.test(await done('tasks'))) break
    const { events } = JSON.parse(await done('events --kind TASK_ORDERED --json'))
    assert.match(events[0].by, /.@./)
    assert.equal((await run('task pause wordcount/counts/9 --yes')).code, 1)

    const two = await remote('two', directory, broker)
    await one.signal('SIGTERM')
    assert.is(JSON.parse(await done('status --json')).host, 'two')
    await two.signal('SIGKILL')
    for (;;) {
      const { code, stdout } = await run('status --json')
      if (code !== 0) continue // it is still served by the look of it
      const { host, hosts } = JSON.parse(stdout)
      if (host !== null) continue
      assert.ok(hosts.length <= 1)
      break
    }
  })
}

const embedded = suite('embedded')
const shared = tempDir()
declare(embedded, () => ({ directory: shared, broker: `file:${shared}/data` }))
embedded.run()

await natsSuite('nats', {}, (test, server) => {
  declare(test, () => ({ directory: tempDir(), broker: server.url }))
})
