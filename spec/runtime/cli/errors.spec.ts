// What is wrong, as text, and what a group says of which no host answers.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ErrorsDocument } from '#runtime/admin/documents'
import { errorsLines, isWrong } from '../../../runtime/cli/errors.ts'
import { GroupOnPaper } from '../../kit/group-on-paper.ts'

const well: ErrorsDocument = {
  ...{ application: 'app', lately: [], now: { hosts: [], tasks: [], keys: [] } },
}

test('an application that is well says so in two sentences', async () => {
  assert.equal(await errorsLines(well, 0), [
    'app: nothing is wrong now',
    '',
    'nothing went wrong lately',
  ])
  assert.not(isWrong(well))
})

test('hosts, tasks and keys are told with what is wrong, and what came lately with how often', async () => {
  const task = {
    ...{ id: 't/a/0', host: 'two', state: 'quarantined', role: 'active', worker: 0, lag: 0 },
    ...{ records: 0, restarts: 3, error: { code: 'BROKEN', what: 'it broke', where: 't' } },
  }
  const key = { actor: 'cart', key: 'k1', error: 'no\nwhere', atMs: 0, waiting: 2, message: null }
  const document = {
    ...well,
    // Of a task only what is shown.
    now: { hosts: [{ host: 'one', error: 'late' }], tasks: [task], keys: [key] } as unknown,
    lately: [
      {
        ...{ code: 'TASK_FAILED', message: 't/a/0: it broke', count: 3, hosts: ['one', 'two'] },
        ...{ firstMs: 0, lastMs: 60_000 },
      },
    ],
  } as ErrorsDocument
  const lines = await errorsLines(document, 120_000)
  assert.equal(
    lines.map((line) => line.split(/ {2,}/)),
    [
      ['app: 3 wrong now'],
      ['WHERE', 'STATE', 'ERROR'],
      ['host one', 'silent', 'late'],
      ['t/a/0 on two', 'quarantined', 'it broke (t) [BROKEN]'],
      ['cart k1', 'key, 2 wait', 'no'],
      [''],
      ['COUNT', 'FIRST', 'LAST', 'CODE', 'HOSTS', 'ERROR'],
      ['3', '2 min', '60 s', 'TASK_FAILED', 'one two', 't/a/0: it broke'],
    ],
  )
  assert.ok(isWrong(document))
})

test('where no host answers, that is what is wrong', async () => {
  const group = new GroupOnPaper()
  await group.join('one', {})
  await group.place({})
  const { code, stdout } = await group.run('errors --json --exit-code')
  assert.equal([code, JSON.parse(stdout)], [3, { application: 'app', lately: [], now: null }])
  await group.close()
})

test.run()
