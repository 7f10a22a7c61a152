// What a host says of the version of its program: once, when it begins, and nothing when all is as it was.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Standing } from '#actors/coordinator/upgrade'
import { noticeOf } from '#actors/host/notices'

const STANDINGS: readonly Standing[] = ['active', 'pending', 'overtaken']
const said = (before: Standing | undefined, now: Standing) => {
  const notice = noticeOf('t', before, now)
  return notice === null ? null : `${notice.level} ${notice.code}`
}

test('a host that is like the others from the beginning, or as it was, says nothing', () => {
  assert.is(said(undefined, 'active'), null)
  for (const standing of STANDINGS) assert.is(said(standing, standing), null)
})

test('that it waits, may go on, or is too old is said when it begins', () => {
  assert.is(said(undefined, 'pending'), 'info PLAN_PENDING')
  assert.is(said('pending', 'active'), 'info PLAN_ACTIVE')
  for (const before of [undefined, 'active', 'pending'] as const) {
    assert.is(said(before, 'overtaken'), 'warn PLAN_OVERTAKEN')
  }
})

test('who is too old is told what to do', () => {
  const notice = noticeOf('words', 'active', 'overtaken')
  assert.match(notice?.what ?? '', /^topology 'words' .*none of its tasks.*with the newer program$/)
})

test.run()
