// What a host asks its workers: every question is answered once.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Answer, ToWorker } from '#actors/host/messages'
import { Questions } from '#actors/host/questions'
import type { ActorRef, Sent } from '#actors/kernel/actor'

const ANSWER: Answer = { about: 'thread', thread: null }

function asked(sent: Sent = 'ok') {
  const said: string[] = []
  const numbers: number[] = []
  const tell = (message: ToWorker): Sent => {
    if (message.type === 'question') numbers.push(message.number)
    return sent
  }
  const questions = new Questions([{ tell } as unknown as ActorRef<ToWorker>])
  const ask = (name: string, worker = 0): void =>
    questions.ask(
      worker,
      { about: 'thread' },
      {
        ok: ({ about }) => void said.push(`${name}: ${about}`),
        fail: (error) => void said.push(`${name}: ${'code' in error ? error.code : error}`),
      },
    )
  return { questions, ask, said, numbers }
}

test('an answer or a refusal goes to whoever asked, once', () => {
  const { questions, ask, said, numbers } = asked()
  ask('one')
  ask('two')
  const [one = 0, two = 0] = numbers
  questions.hear({ type: 'answer', number: two, answer: ANSWER })
  questions.hear({ type: 'answer', number: two, answer: ANSWER })
  questions.hear({ type: 'refusal', number: one, error: { code: 'TASK_AWAY', what: 'away' } })
  assert.equal(said, ['two: thread', 'one: TASK_AWAY'])
})

test('a worker that is not there, hears nothing, or begins again fails what it was asked', () => {
  const deaf = asked('full')
  deaf.ask('one')
  deaf.ask('two', 7)
  assert.equal(deaf.said, ['one: WORKER_AWAY', 'two: WORKER_AWAY'])
  const { questions, ask, said } = asked()
  ask('three')
  questions.forget(1)
  assert.equal(said, [])
  questions.forget(0)
  questions.forget(0)
  assert.equal(said, ['three: WORKER_AWAY'])
})

test.run()
