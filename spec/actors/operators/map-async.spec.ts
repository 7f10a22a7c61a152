// mapAsync on the whole runtime: what it calls, when, and what comes of it, with every answer given by
// hand and time turned by hand.

import fc from 'fast-check'
import type { Attempt, MapAsyncOptions } from 'millrace'
import { serde, topic, topology } from 'millrace'
import { type Testkit, testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const asked = topic('asked', { key: serde.nullable(serde.string()), value: serde.string() })
const answered = topic('answered', { key: serde.nullable(serde.string()), value: serde.string() })
const letters = topic('letters', { key: serde.string(), value: serde.string() })

interface Call {
  readonly value: string
  readonly attempt: Attempt
  answer(value: string): void
  refuse(): void
}

/** A service that answers when it is told to. */
class Service {
  /** Calls that wait for their answer, in the order they were made. */
  readonly open: Call[] = []
  readonly made: string[] = []
  most = 0

  readonly call = (value: string, _key: string | null, attempt: Attempt): Promise<string> =>
    new Promise((resolve, reject) => {
      const close = (end: () => void) => () => {
        if (this.open.includes(call)) this.open.splice(this.open.indexOf(call), 1)
        end()
      }
      const call: Call = {
        ...{ value, attempt },
        answer: (it) => close(() => resolve(it))(),
        refuse: close(() => reject(new Error('not now'))),
      }
      attempt.signal.addEventListener(
        'abort',
        close(() => {}),
      )
      this.open.push(call)
      this.made.push(value)
      this.most = Math.max(this.most, this.open.length)
    })

  get waiting(): string {
    return this.open.map(({ value }) => value).join(' ')
  }

  of(value: string): Call {
    const found = this.open.find((call) => call.value === value)
    if (found === undefined) throw new Error(`nobody asks for ${value}, but for ${this.waiting}`)
    return found
  }
}

type Options = MapAsyncOptions<string | null, string, string>

const asking = ({ call }: Service, options: Options = {}) =>
  topology('asking', (t) => {
    t.stream(asked)
      .mapAsync(call, { name: 'ask', store: 'park', ...options })
      .to(answered)
  })

async function send(t: Testkit, ...records: string[]): Promise<void> {
  for (const record of records) {
    t.topic(asked).send({ key: record.replace(/\d+$/, '') || null, value: record })
  }
  await t.settle()
}

async function answer(t: Testkit, service: Service, ...values: string[]): Promise<void> {
  for (const value of values) {
    service.of(value).answer(`${value}!`)
    await t.settle()
  }
}

const answers = (t: Testkit): string =>
  t
    .topic(answered)
    .takeValues()
    .map(([, value]) => value)
    .join(' ')

const parked = async (t: Testkit): Promise<number> => (await t.store('park').range()).length

test('records of one key go on in the order they came; other keys do not wait for them', async () => {
  const service = new Service()
  await using t = await testkit(asking(service))
  await send(t, 'a1', 'a2', 'b1')
  assert.is(service.waiting, 'a1 b1')
  await answer(t, service, 'b1')
  assert.is(answers(t), 'b1!')
  await answer(t, service, 'a1')
  assert.is(service.waiting, 'a2')
  await answer(t, service, 'a2')
  assert.is(answers(t), 'a1! a2!')
  assert.is(await parked(t), 0)
})

test('records without a key have no order among them', async () => {
  const service = new Service()
  await using t = await testkit(asking(service))
  await send(t, '1', '2')
  assert.is(service.waiting, '1 2')
  await answer(t, service, '2', '1')
  assert.is(answers(t), '2! 1!')
})

test('what goes on has the key, time and headers of its record', async () => {
  const service = new Service()
  await using t = await testkit(asking(service))
  const headers = { trace: Buffer.from('x') }
  t.topic(asked).send({ key: 'a', value: 'a1', time: 7, headers })
  await send(t, 'b1')
  await answer(t, service, 'a1')
  const [record] = t.topic(answered).take()
  assert.is(record?.key, 'a')
  assert.is(record?.time, 7)
  assert.is(Buffer.from(record?.headers['trace'] ?? []).toString(), 'x')
})

test('at most so many calls are under way, and a free place is taken at once', async () => {
  const service = new Service()
  await using t = await testkit(asking(service, { concurrency: 2 }))
  await send(t, 'a1', 'b1', 'c1', 'd1')
  assert.is(service.waiting, 'a1 b1')
  await answer(t, service, 'b1')
  assert.is(service.waiting, 'a1 c1')
  await answer(t, service, 'a1', 'c1', 'd1')
  assert.is(service.most, 2)
})

test('a full park holds the input, and what comes free lets it go on', async () => {
  const service = new Service()
  await using t = await testkit(asking(service, { concurrency: 2, maxParked: 3 }))
  await send(t, 'a1', 'b1', 'c1', 'd1', 'e1')
  assert.is(await parked(t), 3)
  const lag = async (): Promise<number> => (await t.tasks())[0]?.lag ?? -1
  assert.is(await lag(), 2)
  await send(t, 'f1')
  assert.is(await lag(), 3, 'what comes meanwhile waits as well')
  await answer(t, service, 'a1')
  assert.is(await parked(t), 3)
  assert.is(await lag(), 2)
  await answer(t, service, 'b1', 'c1', 'd1', 'e1', 'f1')
  assert.is(await lag(), 0)
  assert.is(answers(t), 'a1! b1! c1! d1! e1! f1!')
})

test('an attempt that takes too long is given up, and what it says later is not heard', async () => {
  const service = new Service()
  await using t = await testkit(
    asking(service, { timeoutMs: 100, retry: { max: 1, backoffMs: 50 } }),
  )
  await send(t, 'a1')
  const first = service.of('a1')
  await t.advance(99)
  assert.is(first.attempt.signal.aborted, false)
  await t.advance(1)
  assert.is(first.attempt.signal.aborted, true)
  await t.advance(49)
  assert.is(service.waiting, '')
  await t.advance(1)
  assert.is(service.of('a1').attempt.number, 2)
  first.answer('late')
  await t.settle()
  assert.is(answers(t), '')
  service.open[0]?.answer('in time')
  await t.settle()
  assert.is(answers(t), 'in time')
})

test('a failed attempt is repeated after waits that double, and keeps its place meanwhile', async () => {
  const service = new Service()
  await using t = await testkit(
    asking(service, { concurrency: 1, retry: { max: 2, backoffMs: 100 } }),
  )
  await send(t, 'a1', 'b1')
  for (const waitMs of [100, 200]) {
    service.of('a1').refuse()
    await t.advance(waitMs - 1)
    assert.is(service.waiting, '')
    await t.advance(1)
  }
  await answer(t, service, 'a1')
  assert.equal(service.made, ['a1', 'a1', 'a1', 'b1'])
  assert.is(answers(t), 'a1!')
})

test('skip drops the record and counts it; the next of its key goes on', async () => {
  const service = new Service()
  await using t = await testkit(asking(service, { onFailure: 'skip' }))
  await send(t, 'a1', 'a2')
  service.of('a1').refuse()
  await t.settle()
  await answer(t, service, 'a2')
  assert.is(answers(t), 'a2!')
  assert.is((await t.tasks())[0]?.dropped['failed'], 1)
  assert.is(await parked(t), 0)
})

test('a dead letter has the record, where it came from, and why', async () => {
  const service = new Service()
  await using t = await testkit(asking(service, { onFailure: { dlq: 'letters' } }))
  await send(t, 'b1', 'a1')
  service.of('a1').refuse()
  await t.settle()
  const [letter] = t.topic(letters).take()
  assert.equal([letter?.key, letter?.value], ['a', 'a1'])
  const header = (name: string): string =>
    Buffer.from(letter?.headers[`millrace.error.${name}`] ?? []).toString()
  assert.is(header('code'), 'CALL_FAILED')
  assert.is(header('message'), "'ask' gave up after 1 attempt: not now")
  assert.is(header('topic'), 'asked')
  assert.is(header('offset'), '1')
  assert.is(header('operator'), 'ask')
})

test('fail begins the task again, and quarantines it at the third failure of a record', async () => {
  const service = new Service()
  await using t = await testkit(asking(service))
  await send(t, 'b1', 'a1')
  for (let n = 0; n < 3; n++) {
    service.of('a1').refuse()
    await t.advance(30_000 - 1)
  }
  const [task] = await t.tasks()
  assert.is(task?.state, 'quarantined')
  assert.is(task?.error?.code, 'CALL_FAILED')
  assert.is(task?.error?.where, 'asked/0 offset 1')
  assert.is(service.waiting, '', 'nothing of a closed task goes on')
  assert.equal(service.made.filter((it) => it === 'a1').length, 3)
  assert.is(answers(t), '')
})

test('a host that crashes asks again for what was not answered, and each answer is there once', async () => {
  const service = new Service()
  await using t = await testkit(asking(service))
  await send(t, 'a1', 'a2', 'b1', 'c1')
  await answer(t, service, 'b1')
  t.kill('host-1')
  const [a1, c1] = [service.of('a1'), service.of('c1')]
  await t.start('host-1')
  await t.advance(20_000)
  assert.equal(service.made, ['a1', 'b1', 'c1', 'a1', 'c1'])
  a1.answer('of another life')
  c1.answer('of another life')
  await t.settle()
  await answer(t, service, 'c1', 'a1', 'a2')
  assert.is(answers(t), 'b1! c1! a1! a2!')
  assert.is(await parked(t), 0)
})

test('a task that ends cleanly leaves its calls, and asks again where it goes on', async () => {
  const service = new Service()
  await using t = await testkit(asking(service, { concurrency: 1, maxParked: 2 }))
  await send(t, 'a1', 'b1', 'c1')
  const { signal } = service.of('a1').attempt
  await t.stop('host-1')
  assert.is(signal.aborted, true)
  await t.start('host-1')
  await t.advance(20_000)
  assert.is(service.waiting, 'a1')
  await answer(t, service, 'a1', 'b1', 'c1')
  assert.is(answers(t), 'a1! b1! c1!')
})

test('whatever is answered, refused, killed, in any order: each answer once, in order by key', async () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom('a', 'b', 'c') },
    { weight: 6, arbitrary: fc.nat(5) },
    { weight: 2, arbitrary: fc.constant('refuse' as const) },
    { weight: 1, arbitrary: fc.constant('kill' as const) },
  )
  const law = async (steps: (string | number)[]): Promise<void> => {
    const service = new Service()
    const options = { concurrency: 2, maxParked: 3, retry: { max: 1000, backoffMs: 10 } }
    await using t = await testkit(asking(service, { ...options, timeoutMs: 1e9 }))
    const sent: Record<string, string[]> = { a: [], b: [], c: [] }
    const reply = (pick: number): void => {
      const call = service.open[pick % Math.max(1, service.open.length)]
      call?.answer(call.value)
    }
    for (const it of steps) {
      if (typeof it === 'number') reply(it)
      else if (it === 'refuse') service.open[0]?.refuse()
      else if (it === 'kill') {
        t.kill('host-1')
        service.open.length = 0
        await t.start('host-1')
        await t.advance(20_000)
      } else {
        const of = sent[it] ?? []
        of.push(`${it}${of.length}`)
        t.topic(asked).send({ key: it, value: `${it}${of.length - 1}` })
      }
      await t.advance(20)
    }
    for (let left = steps.length * 2; left > 0; left--) {
      reply(0)
      await t.advance(2000)
    }
    const got: Record<string, string[]> = { a: [], b: [], c: [] }
    for (const [key, value] of t.topic(answered).takeValues()) got[key ?? '']?.push(value)
    assert.equal(got, sent)
    assert.ok(service.most <= 2)
  }
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25 }), law), { numRuns: 25 })
})

test.run()
