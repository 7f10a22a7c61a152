// What is wrong with a host's options is said before anything is opened.

import { fileURLToPath } from 'node:url'
import { topic, topology } from 'millrace'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { checkActors, checkOptions, type HostOptions } from '#runtime/process/host-options'

const good: HostOptions = { application: 'a', broker: 'file:x' }

function codeOf(change: Partial<HostOptions>): string | null {
  try {
    checkOptions({ ...good, ...change })
    return null
  } catch (error) {
    return isMillraceError(error) ? error.code : String(error)
  }
}

test('names and numbers have bounds', () => {
  assert.is(codeOf({ http: { port: 0, address: '0.0.0.0', token: 'x'.repeat(16) } }), null)
  assert.is(codeOf({ id: 'h-1', workers: 0, partitions: 1, sessionTimeoutMs: 500 }), null)
  assert.is(codeOf({ capacity: 0.5, zone: 'rack-1' }), null)
  assert.is(codeOf({ version: '1.4.0-rc.1+7' }), null)
  const bad: Partial<HostOptions>[] = [
    ...[{ application: '' }, { application: 'a/b' }, { id: '..' }, { workers: -1 }],
    ...[{ workers: 1.5 }, { workers: Number.NaN }, { partitions: 0 }, { sessionTimeoutMs: 10 }],
    ...[{ commitIntervalMs: 0 }, { sealIntervalMs: 0 }],
    ...[{ capacity: 0 }, { capacity: 1001 }, { capacity: Number.NaN }, { zone: 'a b' }],
    ...[{ version: '' }, { version: 'a b' }, { version: 'x'.repeat(101) }],
    ...[{ http: -1 }, { http: 65_536 }, { http: { port: 1.5 } }],
    ...[{ http: { port: 1, token: 'short' } }],
    ...[{ standbys: -1 }, { standbys: 17 }, { acceptableLag: -1 }, { warmups: 0 }],
    ...[{ handOverMs: -1 }, { handOverMs: 0.5 }],
  ]
  for (const change of bad) assert.is(codeOf(change), 'OPTION_INVALID', JSON.stringify(change))
})

test('words are those that are known', () => {
  const said = { guarantee: 'at-least-once', compression: 'gzip', log: 'debug' } as const
  assert.is(codeOf(said), null)
  for (const option of Object.keys(said)) {
    // As JavaScript may say.
    const change = { [option]: 'exactly_once' } as unknown as Partial<HostOptions>
    assert.is(codeOf(change), 'OPTION_INVALID', option)
  }
})

async function refused(change: Partial<HostOptions>, as: 'code' | 'where' = 'code') {
  try {
    await checkActors({ ...good, ...change })
  } catch (error) {
    if (isMillraceError(error)) return error[as]
  }
  return 'nothing was refused'
}

test('topologies that cannot be run together, or by threads, are refused', async () => {
  const define = () => topology('one', (t) => void t.stream(topic('in')))
  const one = define()
  assert.is(await refused({ actors: [one, define()] }), 'NAME_TAKEN')
  assert.is(await refused({ actors: [one], workers: 1 }), 'MODULE_NEEDED')
  assert.is(await refused({ actors: ['./none.ts'] }), 'MODULE_MISSING')
})

test('a module that is named twice among the actors is told by its name', async () => {
  const module = fileURLToPath(new URL('../../journeys/words-next.ts', import.meta.url))
  assert.is(await refused({ actors: [module] }), 'nothing was refused')
  assert.is(await refused({ actors: [module, module] }), 'NAME_TAKEN')
  assert.is(await refused({ actors: [module, module] }, 'where'), module)
})

test.run()
