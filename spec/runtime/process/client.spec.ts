// What is wrong with the name of a broker is said before anything is opened.

import { client } from 'millrace'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'

test('a client of a broker of another kind is refused', async () => {
  const error = await client({ broker: 'kafka://here' }).catch((thrown: unknown) => thrown)
  assert.ok(isMillraceError(error, 'BROKER_UNKNOWN'))
})

test.run()
