// What group commit makes of the reports of LMDB's write thread and of the flushes after it.

import { open } from 'lmdb'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { asError } from '#protocols/core/errors'
import { GroupCommit } from '#stores/engine/lmdb-group-commit'
import type { NativeRoot } from '#stores/engine/lmdb-table'
import { tempDir } from '../../kit/temp-dir.ts'

const PANIC = -30795

function rootIn(directory: string): NativeRoot {
  const options = { noSubdir: false, encoding: 'binary', keyEncoding: 'binary' } as const
  const root: unknown = open({ path: directory, overlappingSync: false, ...options })
  return root as NativeRoot // the published types leave out what NativeRoot names
}

function groupOn(root: NativeRoot, flush: () => Promise<void>): GroupCommit {
  return new GroupCommit(root, { inside: { body: false }, lost: null, flush, place: 'here' })
}

const asked = (group: GroupCommit, body: () => void, waitsForFlush = true): Promise<string> =>
  group.commit({ body, visible: () => {}, waitsForFlush }).then(
    () => 'done',
    (error) => asError(error).message,
  )

test('who needs no flush is done before it; who does is done after it', async () => {
  const root = rootIn(tempDir())
  let endFlush = (): void => {}
  const flush = new Promise<void>((resolve) => {
    endFlush = resolve
  })
  const group = groupOn(root, () => flush)
  const put = () => void root.putSync(utf8('k'), utf8('v'))
  let isFlushed = false
  const durable = asked(group, put).then(() => assert.ok(isFlushed))
  assert.is(await asked(group, put, false), 'done')
  isFlushed = true
  endFlush()
  await durable
  await group.settled()
  await root.close()
})

test('a flush that fails is told to those who waited for it', async () => {
  const root = rootIn(tempDir())
  const group = groupOn(root, () => Promise.reject(new Error('the disk is gone')))
  const [durable, other] = [asked(group, () => {}), asked(group, () => {}, false)]
  assert.is(await durable, 'the disk is gone')
  assert.is(await other, 'done')
  await group.settled()
  await root.close()
})

test('when a transaction cannot begin, who waits for it and who comes later is refused, and nobody waits for ever', async () => {
  const root = rootIn(tempDir())
  let begins = 0
  const startWriting = (_address: number, report: (status: number) => unknown): void => {
    // As lmdb-js: it tells of the first one, and keeps a lock that the next one waits for.
    if (begins++ === 0) setImmediate(() => report(PANIC))
  }
  Object.defineProperty(root.env, 'startWriting', { value: startWriting, configurable: true })
  const group = groupOn(root, () => Promise.resolve())
  let ran = 0
  const outcomes = await Promise.all([asked(group, () => ran++), asked(group, () => ran++)])
  for (const outcome of [...outcomes, await asked(group, () => ran++)]) {
    assert.match(outcome, /-30795/)
  }
  assert.ok(group.isBroken)
  assert.is(ran, 0)
  assert.is(begins, 1)
  await group.settled()
})

test.run()
