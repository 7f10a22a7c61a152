// Words that testkits are told and count, and the law that each was counted once.

import { serde, topic } from 'millrace'
import type { Testkit } from 'millrace/testkit'
import * as assert from 'uvu/assert'

export const lines = topic('lines', { value: serde.string() })
export const counts = topic('word-counts', { key: serde.string(), value: serde.int64() })

export const WORDS = ['to', 'be', 'or', 'not', 'that', 'is', 'the', 'question']

/** Each word once more. */
export async function say(t: Testkit): Promise<void> {
  t.topic(lines).send(...WORDS.map((value) => ({ value })))
  await t.settle()
}

/**
 * The law: since it was asked last each word was counted on to these numbers, in this order, never twice.
 * @param countOf what an update says was counted
 */
export const saidOnceBy =
  (countOf: (update: unknown) => unknown) =>
  (t: Testkit, ...numbers: number[]): void => {
    const updates = t.topic(counts).takeValues()
    for (const word of WORDS) {
      const found = updates.filter(([key]) => key === word).map(([, count]) => countOf(count))
      assert.equal(found, numbers, word)
    }
  }
