// Looks come from a host, whichever answers; what is not answered leaves the last look as it was.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MillraceError } from '#protocols/core/errors'
import type { Door } from '#runtime/admin/admin-client'
import { Feed } from '#runtime/dashboard/feed'
import { within } from '../../kit/within.ts'
import { aLook } from './a-look.ts'

type Answer = (path: string, signal: AbortSignal) => unknown

const { status, tasks } = aLook({})
const WELL: Answer = (path) => {
  if (path === '/v1/status') return status
  return path === '/v1/tasks' ? tasks : { keys: [], hosts: [], unanswered: [] }
}
const away: Answer = () => {
  throw new MillraceError({ code: 'HOST_AWAY', what: 'it does not answer' })
}

/** Hosts by id, how each answers, and what it was asked. */
class Hosts {
  readonly answers: Record<string, Answer>
  readonly asked: string[] = []
  now = 1000

  constructor(answers: Record<string, Answer>) {
    this.answers = answers
  }

  feed(patienceMs?: number): Feed {
    const find = async (except: ReadonlySet<string>) => {
      const id = Object.keys(this.answers).find((it) => !except.has(it))
      if (id !== undefined) return { id, door: id }
      throw new MillraceError({ code: 'HOST_AWAY', what: 'no host is running' })
    }
    const ask = async <T>(door: Door, path: string, body: unknown, signal: AbortSignal) => {
      this.asked.push(body === undefined ? `${door} ${path}` : `${door} ${path} told`)
      return (await (this.answers[String(door)] ?? away)(path, signal)) as T
    }
    return new Feed({ find, ask, now: () => this.now }, patienceMs)
  }
}

test('a host is asked for what the tab needs, and no more', async () => {
  const hosts = new Hosts({ one: WELL })
  const feed = hosts.feed()
  await feed.open()
  await feed.look([])
  assert.equal(hosts.asked, ['one /v1/status', 'one /v1/tasks', 'one /v1/alerts'])
  assert.equal([feed.seen.looks.length, feed.seen.looks[0]?.at, feed.seen.trouble], [1, 1000, null])
  await feed.look(['tree'])
  assert.equal(hosts.asked.slice(3), [
    ...['one /v1/status', 'one /v1/tasks', 'one /v1/tree', 'one /v1/alerts'],
  ])
  assert.ok(feed.seen.looks[1]?.tree !== undefined)
})

test('nobody to ask at the beginning is an error', async () => {
  try {
    await new Hosts({}).feed().open()
    assert.unreachable()
  } catch (thrown) {
    assert.is((thrown as MillraceError).code, 'HOST_AWAY')
  }
})

test('a host that goes away leaves what was seen, with a reason, and another one is asked', async () => {
  const hosts = new Hosts({ one: WELL, two: WELL })
  const feed = hosts.feed()
  await feed.open()
  await feed.look([])
  hosts.answers['one'] = away
  hosts.now = 2000
  await feed.look([])
  assert.equal([feed.seen.looks.length, feed.seen.now], [1, 2000])
  assert.match(feed.seen.trouble ?? '', /^host one: it does not answer/)
  await feed.look([])
  assert.equal([feed.seen.looks.length, feed.seen.trouble], [2, null])
  assert.is(hosts.asked.at(-1), 'two /v1/alerts')
})

test('a host that hangs is given up', async () => {
  const hangs: Answer = (_path, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
    })
  const hosts = new Hosts({ one: hangs, two: WELL })
  const feed = hosts.feed(1)
  await feed.open()
  await within(20_000, 'it gives up', feed.look([]))
  assert.match(feed.seen.trouble ?? '', /^host one: /)
  await feed.look([])
  assert.is(feed.seen.trouble, null)
})

test('while nobody answers that is said, and the first one that does is asked again', async () => {
  const hosts = new Hosts({ one: WELL })
  const feed = hosts.feed()
  await feed.open()
  await feed.look([])
  const { one = away } = hosts.answers
  delete hosts.answers['one']
  await feed.look([])
  await feed.look([])
  assert.match(feed.seen.trouble ?? '', /^no host is running/)
  assert.is(feed.seen.looks.length, 1)
  hosts.answers['one'] = one
  await feed.look([])
  assert.equal([feed.seen.looks.length, feed.seen.trouble], [2, null])
})

test('a part that cannot be had now does not spoil the look', async () => {
  const hosts = new Hosts({
    one: (path, signal) => (path === '/v1/quarantine' ? away : WELL)(path, signal),
  })
  const feed = hosts.feed()
  await feed.open()
  await feed.look(['quarantine'])
  assert.equal([feed.seen.looks.length, feed.seen.trouble], [1, null])
  assert.not.ok('quarantine' in (feed.seen.looks[0] ?? {}))
})

test('an order goes to the host that is asked, and its refusal to who gave it', async () => {
  const hosts = new Hosts({ one: WELL })
  const feed = hosts.feed()
  await feed.open()
  await feed.give('/v1/orders', { task: 'a', order: 'restart' })
  assert.is(hosts.asked.at(-1), 'one /v1/orders told')
  hosts.answers['one'] = away
  let refusal = ''
  await feed.give('/v1/orders', {}).catch((thrown: Error) => {
    refusal = thrown.message
  })
  assert.is(refusal, 'it does not answer')
})

test.run()
