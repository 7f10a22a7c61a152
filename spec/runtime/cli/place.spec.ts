// Which place is meant, of all that are named: the nearest.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import type { Contexts } from '../../../runtime/cli/context-file.ts'
import { type PlaceOptions, placeOf } from '../../../runtime/cli/place.ts'

const contexts: Contexts = {
  current: 'c',
  contexts: {
    a: { broker: 'nats://a', app: 'app-a', host: 'host-a' },
    b: { broker: 'nats://b' },
    c: { manifest: '/c.yaml', app: 'app-c' },
  },
}

interface World {
  readonly env?: Readonly<Record<string, string>>
  readonly hasManifest?: boolean
  readonly contexts?: Contexts
}

const place = (options: PlaceOptions, world: World = {}) =>
  placeOf(options, {
    env: world.env ?? {},
    hasManifest: () => world.hasManifest ?? false,
    contexts: () => world.contexts ?? contexts,
  })

test('of everything that is named the nearest is meant, whatever else there is', () => {
  // From the nearest on: how it is said, and what it comes to.
  const ways = [
    [{ broker: 'nats://o' }, {}, 'nats://o'],
    [{ context: 'a' }, {}, 'nats://a'],
    [{}, { env: { MILLRACE_BROKER: 'nats://e' } }, 'nats://e'],
    [{}, { env: { MILLRACE_CONTEXT: 'b' } }, 'nats://b'],
    [{}, { hasManifest: true }, undefined],
  ] as const
  fc.assert(
    fc.property(fc.subarray([...ways.keys()], { minLength: 1 }), (chosen) => {
      const said = chosen.map((n) => ways[n] ?? ways[0])
      const options = Object.assign({}, ...said.map(([it]) => it)) as PlaceOptions // parts of it
      const worlds = said.map(([, it]) => it as World)
      const env = Object.assign({}, ...worlds.map((it) => it.env ?? {})) as World['env'] & object
      const hasManifest = worlds.some((it) => it.hasManifest)
      assert.is(place(options, { env, hasManifest }).broker, said[0]?.[2])
    }),
  )
})

test('the context in use is meant where nothing else is named, and says so', () => {
  assert.equal(place({}), {
    ...{ manifest: '/c.yaml', app: 'app-c', source: 'context c, which is in use' },
  })
  const none = { current: null, contexts: {} }
  assert.equal(place({}, { contexts: none }), { source: 'nothing' })
  assert.equal(place({}, { hasManifest: true }), { source: 'the manifest here' })
})

test('an application and a host that are said win over those of a context', () => {
  const { app, host, broker } = place({ context: 'a', app: 'mine' })
  assert.equal([app, host, broker], ['mine', 'host-a', 'nats://a'])
})

test('a broker that is said beside a context takes the place of its own, and of its manifest', () => {
  assert.equal(place({ context: 'c', broker: 'nats://o' }), {
    ...{ app: 'app-c', broker: 'nats://o', source: '--broker' },
  })
})

test('a context that there is not is refused, never passed over', () => {
  for (const [options, world] of [
    [{ context: 'aa' }, {}],
    [{}, { env: { MILLRACE_CONTEXT: 'nowhere' } }],
    [{}, { contexts: { ...contexts, current: 'gone' } }],
    [{ context: 'toString' }, {}],
  ] as const) {
    let code = 'none'
    try {
      place(options, world)
    } catch (thrown) {
      code = isMillraceError(thrown) ? thrown.code : 'other'
    }
    assert.is(code, 'CONTEXT_UNKNOWN')
  }
})

test('contexts that nobody asks for are not read', () => {
  const ports = {
    env: {},
    hasManifest: () => true,
    contexts: (): Contexts => {
      throw new Error('they were read')
    },
  }
  placeOf({}, ports)
  placeOf({ broker: 'nats://o' }, ports)
})

test.run()
