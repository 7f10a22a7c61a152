// Keyed actors through a real host: told and asked from the command line, quarantined and let go on,
// and what they keep survives SIGKILL.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { HostProcess, manifestIn, millrace } from '../kit/host-process.ts'
import { tempDir } from '../kit/temp-dir.ts'

const cart = fileURLToPath(new URL('../examples/cart/cart.ts', import.meta.url))

test('a cart is told, asked, quarantined, skipped and killed, and keeps its items', async () => {
  const directory = tempDir()
  const manifest = manifestIn(directory, {
    application: 'shop',
    workers: 1,
    actors: [{ actor: cart }],
  })
  const at = ['--broker', `file:${join(directory, 'data')}`]
  let host = new HostProcess(manifest, ['--log', 'warn'])
  await host.ready()
  const told = await millrace(['tell', 'cart', 'ann', '{"add":"book","price":12.5}', ...at])
  assert.is(told.code, 0, told.stderr)
  const asked = await millrace(['ask', 'cart', 'ann', '{"add":"pen","price":2}', ...at])
  assert.is(asked.stdout, '14.5\n')

  const failed = await millrace(['ask', 'cart', 'ann', '{"add":"air"}', '--json', ...at])
  assert.is(failed.code, 1)
  assert.match(failed.stderr, 'ACTOR_FAILED')
  await millrace(['tell', 'cart', 'ann', '{"add":"cup","price":5}', ...at])
  const bob = await millrace(['ask', 'cart', 'bob', '{"total":true}', '--json', ...at])
  assert.equal(JSON.parse(bob.stdout), { actor: 'cart', key: 'bob', reply: 0 })
  const { keys } = JSON.parse((await millrace(['quarantine', '--json', ...at])).stdout)
  assert.is(keys.length, 1)
  assert.equal(
    [keys[0].actor, keys[0].key, keys[0].error, keys[0].waiting],
    ['cart', 'ann', 'air has no price', 1],
  )
  assert.match(
    (await millrace(['quarantine', 'ls', ...at])).stdout,
    /cart +ann +1 .*air has no price/,
  )
  assert.match(
    (await millrace(['quarantine', 'show', 'cart', 'ann', ...at])).stdout,
    'message: {"add":"air"}',
  )
  const wrong = await millrace(['quarantine', 'skip', 'cart', 'bob', '--yes', ...at])
  assert.is(wrong.code, 1)
  assert.match(wrong.stderr, 'KEY_NOT_QUARANTINED')
  const planned = await millrace(['quarantine', 'skip', 'cart', 'ann', ...at])
  assert.equal([planned.code, planned.stdout], [2, ''])
  assert.match(planned.stderr, /^would pass over, for good, the message that cart ann failed at\n/)
  const skip = ['quarantine', 'skip', 'cart', 'ann', '--yes', '--reason', 'no price', '--json']
  const { isDone } = JSON.parse((await millrace([...skip, ...at])).stdout)
  assert.ok(isDone)
  assert.is((await millrace(['ask', 'cart', 'ann', '{"total":true}', ...at])).stdout, '19.5\n')

  await host.signal('SIGKILL')
  host = new HostProcess(manifest, ['--log', 'warn'])
  await host.ready()
  assert.is((await millrace(['ask', 'cart', 'ann', '{"remove":"pen"}', ...at])).stdout, '17.5\n')
  const unknown = await millrace(['tell', 'kart', 'ann', '{}', ...at])
  assert.is(unknown.code, 1)
  assert.match(
    unknown.stderr,
    "no actor named 'kart' is registered. Registered: cart [ACTOR_UNKNOWN]",
  )
  await host.signal('SIGTERM')
  assert.is(await host.exit, 0)
})

test.run()
