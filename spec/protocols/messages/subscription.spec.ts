// The messages of foreign-key joins, and the keys that subscriptions are kept by.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import {
  answerSerde,
  type Instruction,
  pairPrefix,
  pairSerde,
  subscriptionSerde,
} from '#protocols/messages/subscription'
import type { Serde } from '#protocols/serdes/serde'
import { serde } from '#protocols/serdes/serdes'
import { comesBack, written } from '../../kit/round-trip.ts'

const PLAIN = { noNullPrototype: true } as const
const text = serde.string()
const texts = fc.string({ unit: 'grapheme', maxLength: 300 })
const prints = fc.option(fc.uint8Array({ minLength: 16, maxLength: 16 }))
const partition = fc.nat(100_000)
const instruction = fc.constantFrom<Instruction>('leave', 'leave-and-tell', 'join-or-tell', 'join')

test('subscriptions and answers come back', () => {
  comesBack(
    subscriptionSerde(text),
    fc.record({ instruction, fingerprint: prints, partition, leftKey: texts }, PLAIN),
  )
  comesBack(
    answerSerde(text),
    fc.record(
      { fingerprint: prints, partition, isFarewell: fc.boolean(), value: fc.option(texts) },
      PLAIN,
    ),
  )
})

test('an empty value is not no value', () => {
  const answer = { fingerprint: null, partition: 0, isFarewell: false }
  const serde = answerSerde(text)
  const bytes = (value: string | null): string =>
    written(serde, { ...answer, value }).toString('hex')
  assert.is.not(bytes(''), bytes(null))
})

test('pairs come back, and those of a foreign key, no others, begin with its prefix', () => {
  const pairs = pairSerde(text, text)
  const pair = fc.record({ foreignKey: texts, leftKey: texts }, PLAIN)
  comesBack(pairs, pair)
  const property = fc.property(pair, texts, (it, other) => {
    const begins = (key: string): boolean => {
      const prefix = pairPrefix(text, key)
      return written(pairs, it).subarray(0, prefix.length).equals(prefix)
    }
    assert.ok(begins(it.foreignKey))
    assert.is(begins(other), other === it.foreignKey)
  })
  fc.assert(property, { examples: [[{ foreignKey: 'ab', leftKey: 'c' }, 'a']] })
})

test('bytes that end too soon, or say what nobody says, are refused', () => {
  const refused = (it: Serde<never>, bytes: Uint8Array): void =>
    assert.throws(
      () => it.read(Buffer.from(bytes), 0, bytes.length),
      (error: unknown) => isMillraceError(error, 'BYTES_REFUSED'),
    )
  const fingerprint = new Uint8Array(16)
  const message = { instruction: 'join', fingerprint, partition: 200, leftKey: '' } as const
  const whole = written(subscriptionSerde(text), message)
  // Only read.
  const reader = subscriptionSerde(text) as unknown as Serde<never>
  for (let end = 0; end < whole.length; end++) refused(reader, whole.subarray(0, end))
  refused(reader, Uint8Array.of(4, 0, 0))
  refused(pairSerde(text, text) as unknown as Serde<never>, Uint8Array.of(5, 97))
})

test.run()
