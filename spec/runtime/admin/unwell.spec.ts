// What makes an application unwell.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { StatusDocument } from '#runtime/admin/documents'
import { whyUnwell } from '#runtime/admin/unwell'

const status = (change: Partial<StatusDocument>): StatusDocument => ({
  ...{ application: 'app', host: 'one', coordinator: 'one', hosts: [], tasks: { running: 2 } },
  ...{ standbys: {}, lag: 9, placement: 1, unanswered: [] },
  ...change,
})

test('an application is well when somebody leads, every task runs and every host answered', () => {
  assert.equal(whyUnwell(status({})), [])
  assert.equal(whyUnwell(status({ tasks: {}, standbys: { opening: 1 } })), [])
})

test('each thing that is not so is named', () => {
  const tasks = { running: 2, restoring: 1, absent: 3 }
  const unanswered = [{ host: 'two', error: 'no answer' }]
  assert.equal(whyUnwell(status({ coordinator: null, tasks, unanswered })), [
    'nobody coordinates',
    'host two did not answer',
    '1 task restoring',
    '3 tasks absent',
  ])
})

test.run()
