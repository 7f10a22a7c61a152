// Hosts are replaced by those of the next version, on one directory; see rolling-upgrade.ts.

import { test } from 'uvu'
import { replacedOneByOne } from './rolling-upgrade.ts'

test('hosts are replaced one by one by the next version, and every word is counted once', () =>
  replacedOneByOne())

test.run()
