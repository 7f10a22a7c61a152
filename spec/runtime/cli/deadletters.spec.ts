// Dead letters of actors, as text.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { DeadLettersDocument } from '#runtime/admin/documents'
import { lettersLines } from '../../../runtime/cli/deadletters.ts'

const letter = { to: 'one/a', type: 'chart', why: 'dead' } as const
const document: DeadLettersDocument = {
  hosts: [
    {
      host: 'one',
      threads: [
        {
          worker: null,
          counts: { dead: 12_345, full: 0, left: 0, failed: 1 },
          letters: [
            { ...letter, atMs: 1000 },
            { ...letter, atMs: 3000, to: 'one/b', why: 'failed' },
            { ...letter, atMs: 2000 },
          ],
        },
        { worker: 1, counts: { dead: 0, full: 2, left: 0, failed: 0 }, letters: [] },
      ],
    },
  ],
  unanswered: [],
}

test('they are counted by host, thread and why, and those that are alike are one row', async () => {
  assert.equal(await lettersLines(document, 11_000), [
    'HOST  THREAD    DEAD    FULL  LEFT  FAILED',
    'one   main      12.3 k  0     0     1',
    'one   worker 1  0       2     0     0',
    '',
    'NEWEST  TO     TYPE   WHY     COUNT',
    '8 s     one/b  chart  failed  1',
    '9 s     one/a  chart  dead    2',
  ])
})

test.run()
