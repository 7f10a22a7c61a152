// Hosts are replaced by those of the next version, over NATS; see rolling-upgrade.ts.

import { natsSuite } from '../kit/nats-server.ts'
import { replacedOneByOne } from './rolling-upgrade.ts'

await natsSuite('rolling upgrade over NATS', {}, (test, server) => {
  test('hosts are replaced one by one by the next version, and every word is counted once', () =>
    replacedOneByOne({ broker: server.url }))
})
