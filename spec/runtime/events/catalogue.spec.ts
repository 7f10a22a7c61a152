// The catalogue of events beside the code that logs: each of its codes is written somewhere, so that none
// is promised that never comes.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EVENTS, isEvent } from '#runtime/events/catalogue'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

test('every code of the catalogue is said by some module', () => {
  const modules = ['actors', 'runtime'].flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('catalogue.ts'))
      .filter((file) => !file.startsWith('dist'))
      .map((file) => readFileSync(join(ROOT, room, file), 'utf8')),
  )
  const silent = Object.keys(EVENTS).filter(
    (code) => !modules.some((text) => text.includes(`'${code}'`)),
  )
  assert.equal(silent, [])
})

test('what lasts and is said again and again is no event', () => {
  assert.equal(['HOST_JOINED', 'BROKER_AWAY', 'toString'].map(isEvent), [true, false, false])
})

test.run()
