// What the admin API says of actors that are followed: one list of all hosts, and who did not tell.

import { Hono } from 'hono'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { TraceReading, TraceStep } from '#actors/kernel/trace'
import type { TraceDocument } from '#runtime/admin/documents'
import { addTrace } from '#runtime/admin/trace-route'
import type { FromHost } from '#runtime/process/group'

const step = (actor: string, atMs: number): TraceStep => ({
  ...{ atMs, actor, kind: 'message', type: 'slice', from: 'x', to: 'x', ms: 1, waiting: 0 },
  facts: {},
})

function api(answers: readonly FromHost<readonly TraceReading[]>[]) {
  const asked: unknown[] = []
  const app = new Hono()
  app.onError((error, c) => c.json({ error: String(error) }, 400))
  addTrace(app, {
    traces: async (question) => {
      asked.push(question)
      return answers
    },
  })
  const post = (body: unknown) =>
    app.request('/v1/trace', { method: 'POST', body: JSON.stringify(body) })
  return { asked, post }
}

test('the steps of all threads and hosts are one list by time, and what was left out is one number', async () => {
  const { post, asked } = api([
    {
      host: 'one',
      value: [
        { steps: [step('one/a', 1), step('one/a', 5)], lost: 2 },
        { steps: [step('one/worker-0/b', 3)], lost: 0 },
      ],
    },
    { host: 'two', value: [{ steps: [step('two/c', 2)], lost: 1 }] },
    { host: 'three', error: 'it does not answer' },
    // What a host that does not know the question answers.
    { host: 'old', value: undefined as unknown as readonly TraceReading[] },
  ])
  const question = { follower: 'f', of: 'a', sample: 1 }
  const document = (await (await post(question)).json()) as TraceDocument
  assert.equal(asked, [question])
  assert.equal(
    document.steps.map(({ host, actor }) => [host, actor]),
    [
      ['one', 'one/a'],
      ['two', 'two/c'],
      ['one', 'one/worker-0/b'],
      ['one', 'one/a'],
    ],
  )
  assert.equal(document.lost, 3)
  assert.equal(
    document.unanswered.map(({ host }) => host),
    ['three', 'old'],
  )
})

test('a question without a name, without anybody meant, or with no sample is refused before hosts are asked', async () => {
  const { post, asked } = api([])
  for (const body of [{ of: 'a' }, { follower: 'f' }, { follower: 'f', of: 'a', sample: 0 }]) {
    assert.is((await post(body)).status, 400)
  }
  assert.equal(asked, [])
})

test.run()
