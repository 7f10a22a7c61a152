// What can be watched is asked for at a path of its own, which is free over HTTP.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FREE_PATHS } from '#runtime/admin/http-gate'
import { AdminWorld } from '../../kit/admin-world.ts'

test('what is free is there, all that can be watched is, and nothing else but what is named here', async () => {
  const admin = await AdminWorld.start()
  const asked = admin.app().routes.filter(({ method }) => method === 'GET')
  const paths = asked.map(({ path }) => path)
  for (const path of FREE_PATHS) assert.ok(paths.includes(path), path)
  const { answer } = await admin.ask<{ error: { hint: string } }>('/v1/watch?views=nobody')
  const [, views = ''] = /\?views=(\S+)$/.exec(answer.error.hint) ?? []
  assert.ok(views.includes('status,tasks'), views)
  for (const view of views.split(',')) assert.ok(FREE_PATHS.has(`/v1/${view}`), view)
  const closed = paths.filter((path) => !FREE_PATHS.has(path))
  assert.equal([...new Set(closed)].sort(), [
    ...['/v1/deadletters', '/v1/log-level', '/v1/peek'],
    ...['/v1/quarantine', '/v1/stores/:store'],
  ])
})

test.run()
