// Laws of the coordination map and the bus.

import * as assert from 'uvu/assert'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import { within } from '../kit/within.ts'
import { Bell, type Declare, NEVER_MS, refuses } from './broker-kit.ts'

export function keyLaws(law: Declare): void {
  law('a key is what was put last, by anybody', async (world) => {
    const [a, b] = [await world.open(), await world.open()]
    assert.is(await a.keys.get('k'), null)
    const revision = await a.keys.put('k', utf8('1'))
    const found = await b.keys.get('k')
    assert.equal([found && fromUtf8(found.value), found?.revision], ['1', revision])
    const later = await b.keys.put('other', utf8('2'))
    assert.ok(later > revision)
    await b.keys.remove('k')
    assert.is(await a.keys.get('k'), null)
  })

  law('a write that expects another revision is refused', async (world) => {
    const { keys } = await world.open()
    const one = await keys.put('k', utf8('1'), { expect: 'absent' })
    await refuses('KEY_CONFLICT', () => keys.put('k', utf8('2'), { expect: 'absent' }))
    const two = await keys.put('k', utf8('2'), { expect: one })
    await refuses('KEY_CONFLICT', () => keys.put('k', utf8('3'), { expect: one }))
    await refuses('KEY_CONFLICT', () => keys.remove('k', one))
    await keys.put('k', utf8('3'), { expect: 'any' })
    await refuses('KEY_CONFLICT', () => keys.remove('k', two))
    assert.is(fromUtf8((await keys.get('k'))?.value ?? utf8('')), '3')
    await refuses('KEY_CONFLICT', () => keys.put('none', utf8('1'), { expect: 5 }))
  })

  law('of writers that expect the same, one wins', async (world) => {
    const brokers = [await world.open(), await world.open()]
    const outcomes = await Promise.allSettled(
      [...brokers, ...brokers].map(({ keys }, i) =>
        keys.put('lease', utf8(String(i)), { expect: 'absent' }),
      ),
    )
    assert.is(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  law('a key past its time is absent for everybody, and free again', async (world) => {
    const [a, b] = [await world.open(), await world.open()]
    await a.keys.put('lease', utf8('a'), { ttlMs: 1_000 })
    await world.advance(900)
    assert.is.not(await b.keys.get('lease'), null)
    await world.advance(200)
    assert.is(await b.keys.get('lease'), null)
    assert.equal([...(await a.keys.list('')).keys()], [])
    await b.keys.put('lease', utf8('b'), { expect: 'absent' })
  })

  law('a list has what is under its prefix', async (world) => {
    const { keys } = await world.open()
    for (const key of ['a/1', 'a/2', 'ab', 'b/1']) await keys.put(key, utf8(key))
    assert.equal([...(await keys.list('a/')).keys()], ['a/1', 'a/2'])
    assert.equal([...(await keys.list('')).keys()], ['a/1', 'a/2', 'ab', 'b/1'])
    assert.equal([...(await keys.list('c')).keys()], [])
  })

  law('a watch tells of changes under its prefix only, until it is stopped', async (world) => {
    const [a, b] = [await world.open(), await world.open()]
    const [near, far] = [new Bell(), new Bell()]
    const stop = b.keys.watch('a/', near.ring)
    b.keys.watch('b/', far.ring)
    await a.keys.put('a/1', utf8('1'))
    await near.next()
    await a.keys.remove('a/1')
    await near.next()
    assert.is(far.rings, 0)
    stop()
    const before = near.rings
    await a.keys.put('a/2', utf8('1'))
    await a.keys.put('b/1', utf8('1'))
    await far.next()
    assert.is(near.rings, before)
  })

  law('a watch tells when a key goes by its time', async (world) => {
    const [a, b] = [await world.open(), await world.open()]
    await a.keys.put('a/1', utf8('1'), { ttlMs: 5_000 })
    // Who hears of a key only when its time is over has seen nothing change.
    assert.equal([...(await b.keys.list('a/')).keys()], ['a/1'])
    const bell = new Bell()
    b.keys.watch('a/', bell.ring)
    await world.advance(5_001)
    await bell.next()
    assert.equal([...(await b.keys.list('a/')).keys()], [])
  })
}

export function busLaws(law: Declare): void {
  law('a request is answered by whoever serves its subject', async (world) => {
    const [a, b] = [await world.open(), await world.open()]
    await a.bus.serve('echo', async (body) => utf8(`${fromUtf8(body)}!`))
    const ask = (text: string) => b.bus.request('echo', utf8(text), NEVER_MS)
    const answers = await within(NEVER_MS, 'answers', Promise.all(['x', 'y', 'z'].map(ask)))
    assert.equal(answers.map(fromUtf8), ['x!', 'y!', 'z!'])
    const own = within(NEVER_MS, 'an answer', a.bus.request('echo', utf8('self'), NEVER_MS))
    assert.is(fromUtf8(await own), 'self!')
  })

  law('a subject that nobody serves is told at once', async (world) => {
    const [a, b] = [await world.open(), await world.open()]
    await refuses('NO_RESPONDER', () => a.bus.request('echo', utf8('x'), NEVER_MS))
    const stop = await a.bus.serve('echo', async (body) => body)
    assert.equal(await b.bus.subjects('e'), ['echo'])
    stop()
    // Withdrawing is a write of its own; a claim on the same log comes after it.
    await a.keys.put('after', utf8('1'))
    await refuses('NO_RESPONDER', () => b.bus.request('echo', utf8('x'), NEVER_MS))
    assert.equal(await b.bus.subjects(''), [])
  })

  law('what the responder throws comes back as a refusal', async (world) => {
    const [a, b] = [await world.open(), await world.open()]
    await a.bus.serve('fail', () => {
      throw new Error('out of flour')
    })
    const request = within(NEVER_MS, 'an answer', b.bus.request('fail', utf8('x'), NEVER_MS))
    const error = await refuses('REQUEST_FAILED', () => request)
    assert.match(error.message, 'out of flour')
  })

  law('a request nobody answers in time times out', async (world) => {
    const [a, b] = [await world.open(), await world.open()]
    let arrived: () => void = () => {}
    const asked = new Promise<void>((resolve) => {
      arrived = resolve
    })
    await a.bus.serve('slow', () => {
      arrived()
      return new Promise(() => {})
    })
    const request = b.bus.request('slow', utf8('x'), 1_000)
    request.catch(() => {})
    await within(NEVER_MS, 'the question', asked)
    await world.advance(1_001)
    await refuses('REQUEST_TIMEOUT', () => within(NEVER_MS, 'a time-out', request))
  })

  law('a body of three megabytes goes there and back', async (world) => {
    const [a, b] = [await world.open(), await world.open()]
    await a.bus.serve('big', async (body) => body)
    const body = new Uint8Array(3 * 1024 * 1024).map((_, i) => i * 7)
    const answer = await within(NEVER_MS, 'an answer', b.bus.request('big', body, NEVER_MS))
    assert.is(Buffer.compare(answer, body), 0)
  })

  law('who serves stays known while time passes', async (world) => {
    const [a, b] = [await world.open(), await world.open()]
    await a.bus.serve('echo', async (body) => body)
    for (let i = 0; i < 10; i++) {
      await world.advance(4_000)
      // What a timer began has been written when a later write has.
      await a.keys.put('tick', utf8(String(i)))
    }
    assert.equal(await b.bus.subjects(''), ['echo'])
    await within(NEVER_MS, 'an answer', b.bus.request('echo', utf8('x'), NEVER_MS))
  })
}
