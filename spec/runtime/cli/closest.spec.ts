// The word somebody meant.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { closest } from '#runtime/cli/closest'

const words = ['list', 'pause', 'resume', 'retry', 'skip']

test('a slip of the finger is understood', () => {
  const typed = {
    resum: 'resume',
    rety: 'retry',
    skipp: 'skip',
    pausse: 'pause',
    lsit: 'list',
  }
  for (const [word, meant] of Object.entries(typed)) assert.is(closest(word, words), meant, word)
})

test('another word altogether is not', () => {
  for (const word of ['', 'dance', 'x']) assert.is(closest(word, words), undefined, word)
  assert.is(closest('list', []), undefined)
})

test.run()
