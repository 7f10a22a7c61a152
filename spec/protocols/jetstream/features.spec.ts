// Which server has what, by its version.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { has, JETSTREAM, need, REPLICAS } from '#protocols/jetstream/features'

test('versions are compared by their numbers, part by part', () => {
  for (const version of ['2.10.20', '2.10.27', '2.11.0', '2.15.1', '3.0.0', '2.12.0-RC.1']) {
    assert.ok(has(version, REPLICAS), version)
  }
  for (const version of ['2.10.19', '2.9.25', '1.99.99', '', '2.10']) {
    assert.not.ok(has(version, REPLICAS), version)
  }
  assert.ok(has('2.9.10', JETSTREAM))
  assert.not.ok(has('2.8.4', JETSTREAM))
})

test('what a server is too old for is said with the version that is needed', () => {
  need(REPLICAS, '2.10.20', 'h:1')
  assert.throws(
    () => need(REPLICAS, '2.9.10', 'h:1'),
    (error: unknown) =>
      isMillraceError(error, 'NATS_TOO_OLD') &&
      /replicas of more than 1 needs nats-server 2\.10\.20; the one at h:1 is 2\.9\.10/.test(
        error.message,
      ),
  )
})

test.run()
