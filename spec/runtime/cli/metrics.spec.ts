// Files are written where somebody wants them, again too, and a place that cannot be written is named.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { writeFiles } from '#runtime/cli/metrics'
import { tempDir } from '../../kit/temp-dir.ts'

test('files are written below the directory, and replaced the next time', () => {
  const directory = join(tempDir(), 'new')
  const write = (text: string) => writeFiles(directory, new Map([['a/b.json', text]]))
  assert.equal(write('1'), [join(directory, 'a/b.json')])
  write('2')
  assert.is(readFileSync(join(directory, 'a/b.json'), 'utf8'), '2')
})

test('what is in the way is said', () => {
  const directory = tempDir()
  writeFileSync(join(directory, 'a'), '')
  try {
    writeFiles(directory, new Map([['a/b.json', '1']]))
    assert.unreachable('it is refused')
  } catch (error) {
    assert.ok(isMillraceError(error, 'DIRECTORY_UNWRITABLE'))
  }
})

test.run()
