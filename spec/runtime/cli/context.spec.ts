// Named places, as commands: made, used, shown and forgotten.

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { withoutSecret } from '../../../runtime/cli/context.ts'
import { millrace } from '../../kit/host-process.ts'
import { tempDir } from '../../kit/temp-dir.ts'

const directory = tempDir()
const run = (line: string) => millrace(line.split(' '), '', directory)
const json = async (line: string) => JSON.parse((await run(`${line} --json`)).stdout)

test('a place is named, used, shown without its password, and forgotten', async () => {
  const added = await run('context add prod --broker nats://ann:secret@x:4222 --app orders --use')
  assert.equal([added.code, added.stdout], [0, 'prod is a context now, and in use\n'])
  assert.is((await run('context add here --broker file:./data')).code, 0)
  const listed = await run('context')
  assert.match(listed.stdout, /^ {3}CONTEXT {2}PLACE/)
  assert.match(listed.stdout, /\n\* {2}prod {5}nats:\/\/\*\*\*@x:4222 +orders/)
  assert.not.match(listed.stdout, 'secret')
  const file = join(directory, '.config/millrace/contexts.json')
  assert.is(statSync(file).mode & 0o777, 0o600)
  const { contexts } = await json('context list')
  assert.equal(contexts[0], {
    ...{ name: 'here', isCurrent: false, broker: `file:${join(directory, 'data')}` },
  })
  const { source, app } = await json('context show')
  assert.equal([source, app], ['context prod, which is in use', 'orders'])
  assert.is((await run('context remove prod')).code, 2)
  assert.is((await run('context remove prod --yes')).stdout, 'prod is no context any more\n')
  assert.is((await json('context show')).source, 'nothing')
})

test('commands go to the place that is named', async () => {
  await run('context add here --broker file:./none')
  const { code, stderr } = await run('topics --context here')
  assert.is(code, 1)
  assert.match(stderr, `there is no broker in ${join(directory, 'none')}. `)
  const unknown = await run('topics --context her')
  assert.equal(
    [unknown.code, unknown.stderr.trim()],
    [2, "millrace: there is no context 'her'. Did you mean here? [CONTEXT_UNKNOWN]"],
  )
})

test('what is no place, and what is no name, is refused', async () => {
  for (const line of [
    'add x',
    'add a/b --broker file:x',
    'use nowhere',
    'add x --broker ftp://x',
  ]) {
    assert.is((await run(`context ${line}`)).code, 2, line)
  }
})

test('no password is shown, of however many servers', () => {
  const hidden = (broker: string) => withoutSecret({ broker }).broker
  assert.is(hidden('nats://a:b@h:1,c:d@i'), 'nats://***@h:1,***@i')
  assert.is(hidden('nats://a:b@h,tls://t@i'), 'nats://***@h,tls://***@i')
  assert.is(hidden('file:/data'), 'file:/data')
})

test.run()
