// Watching documents: one question at a time however many watch, none when nobody does, and a stream
// that begins with the document.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Views, Watch } from '#runtime/admin/watch'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'

/** A document that counts how often it was asked for. */
class Asked {
  readonly clock = new SimulatedClock()
  asked = 0
  answer = (): unknown => ({ asked: this.asked })
  readonly views: Views = {
    counted: async () => {
      this.asked++
      return this.answer()
    },
    fixed: async () => ({ it: 'is' }),
  }
  readonly watch = new Watch(this.views, this.clock)

  reader(...views: string[]): Reader {
    return new Reader(this.watch.stream(views), this.clock)
  }
}

class Reader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #clock: SimulatedClock

  constructor(stream: ReadableStream<Uint8Array>, clock: SimulatedClock) {
    this.#reader = stream.getReader()
    this.#clock = clock
  }

  /** The next events, without their times. */
  async next(): Promise<string> {
    const read = this.#reader.read()
    await this.#clock.settle()
    const { value } = await read
    return new TextDecoder().decode(value).replaceAll(/^id: \d+\n/gm, '')
  }

  async leave(): Promise<void> {
    await this.#reader.cancel()
  }
}

const event = (name: string, data: unknown): string =>
  `event: ${name}\ndata: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`

test('a stream begins with the document, and goes on with what changes', async () => {
  const it = new Asked()
  const reader = it.reader('counted')
  assert.is(await reader.next(), event('counted', { asked: 1 }))
  const later = reader.next()
  await it.clock.advance(1000)
  assert.is(await later, event('counted', { asked: 2 }))
  await reader.leave()
})

test('what is as it was is not sent again', async () => {
  const it = new Asked()
  const reader = it.reader('fixed')
  assert.is(await reader.next(), event('fixed', { it: 'is' }))
  const later = reader.next()
  await it.clock.advance(1000)
  assert.is(await later, event('same', 'fixed'))
  await reader.leave()
})

test('nobody is asked before somebody reads, or after the last one left', async () => {
  const it = new Asked()
  const unread = it.watch.stream(['counted'])
  await it.clock.advance(5000)
  assert.equal([it.asked, it.watch.asked], [0, []])
  await unread.cancel()
  const [one, two] = [it.reader('counted'), it.reader('counted', 'fixed')] as const
  await one.next()
  await two.next()
  assert.equal(it.watch.asked, ['counted', 'fixed'])
  await one.leave()
  assert.equal(it.watch.asked, ['counted', 'fixed'])
  await two.leave()
  assert.equal(it.watch.asked, [])
  const asked = it.asked
  await it.clock.advance(10_000)
  assert.is(it.asked, asked)
})

test('two that watch one document cost as many questions as one', async () => {
  const it = new Asked()
  const readers = [it.reader('counted'), it.reader('counted')]
  for (const reader of readers) assert.is(await reader.next(), event('counted', { asked: 1 }))
  await it.clock.advance(3000)
  assert.is(it.asked, 4)
  for (const reader of readers) await reader.leave()
})

test('documents that are watched together are asked for at once, however long each takes', async () => {
  const clock = new SimulatedClock()
  const at = { quick: [] as number[], slow: [] as number[] }
  const view = (name: 'quick' | 'slow', takesMs: number) => () => {
    at[name].push(clock.now() % 10_000)
    return new Promise<string>((resolve) => clock.after(takesMs, () => resolve(name)))
  }
  const watch = new Watch({ quick: view('quick', 1), slow: view('slow', 300) }, clock)
  const reader = new Reader(watch.stream(['quick', 'slow']), clock)
  const first = reader.next()
  await clock.advance(3500)
  await first
  assert.equal(at.quick, [0, 1000, 2000, 3000])
  assert.equal(at.slow, at.quick)
  await reader.leave()
})

test('who reads slowly gets the newest look, not all of them', async () => {
  const it = new Asked()
  const reader = it.reader('counted')
  await reader.next()
  await it.clock.advance(5000)
  assert.is(await reader.next(), event('counted', { asked: 6 }))
  await reader.leave()
})

test('a document that cannot be had is said, and asked for again', async () => {
  const it = new Asked()
  it.answer = () => {
    throw new Error('no answer')
  }
  const reader = it.reader('counted')
  assert.match(await reader.next(), /^event: trouble\ndata: .*"view":"counted".*no answer/)
  it.answer = () => 'well again'
  const later = reader.next()
  await it.clock.advance(1000)
  assert.is(await later, event('counted', '"well again"'))
  await reader.leave()
})

test('one who comes back while the last question is still open is answered', async () => {
  const it = new Asked()
  const reader = it.reader('counted')
  const read = reader.next()
  const again = it.reader('counted')
  await reader.leave()
  assert.match(await again.next(), /^event: counted\n/)
  await read
  await again.leave()
  assert.equal(it.watch.asked, [])
})

test('what is not there, and more than a hundred, is refused with a code', async () => {
  const it = new Asked()
  const code = (views: string[]): string => {
    try {
      void it.watch.stream(views)
      return 'none'
    } catch (thrown) {
      return (thrown as { code: string }).code
    }
  }
  assert.equal([code([]), code(['secrets']), code(['toString'])], Array(3).fill('VIEW_UNKNOWN'))
  const readers = Array.from({ length: 100 }, () => it.reader('fixed'))
  for (const reader of readers) await reader.next()
  assert.is(code(['fixed']), 'WATCHERS_TOO_MANY')
  for (const reader of readers) await reader.leave()
  assert.is(code(['fixed']), 'none')
})

test.run()
