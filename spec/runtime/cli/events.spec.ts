// The command, on a group of which no host runs: what operators did is read back, by kind and in part.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { columns, filterOf } from '../../../runtime/cli/events.ts'
import { codeOf } from '../../actors/host/host-world.ts'
import { GroupOnPaper } from '../../kit/group-on-paper.ts'

const group = new GroupOnPaper()
await group.join('one', {})
await group.place({ 't/a/0': 'one' })

test('before anything happened there are no events', async () => {
  assert.equal(JSON.parse(await group.done('events --json')), { application: 'app', events: [] })
})

test('what operators did is there, newest last, with who and why', async () => {
  await group.done('hosts drain one --yes --reason upgrade')
  await group.done('hosts undrain one --yes')
  await group.done('rebalance freeze --yes')
  const [head, ...rows] = (await group.done('events')).split('\n')
  assert.match(head ?? '', /^TIME +KIND +WHO/)
  assert.match(
    rows[0] ?? '',
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +DRAIN +\S+@\S+ +host one is to drain \(upgrade\)$/,
  )
  assert.equal(
    rows.map((row) => row.split(/ {2,}/)[1]),
    ['DRAIN', 'UNDRAIN', 'FREEZE'],
  )
  const newest = JSON.parse(await group.done('events --since 1h --limit 1 --json'))
  assert.equal(
    newest.events.map(({ code, reason }: { code: string; reason: string }) => [code, reason]),
    [['FREEZE', null]],
  )
})

test('a kind is named in either case, and one nobody knows is refused with what was meant', async () => {
  assert.equal(filterOf({ kind: 'task-failed' }, 0), { kind: 'TASK_FAILED', sinceMs: undefined })
  assert.equal(filterOf({ since: '1h' }, 3_600_001), { kind: undefined, sinceMs: 1 })
  const refused = await codeOf((async () => filterOf({ kind: 'TASK_FAILD' }, 0))())
  assert.is(refused, 'OPTION_INVALID')
  assert.is(await codeOf((async () => filterOf({ since: 'now' }, 0))()), 'DURATION_INVALID')
})

test('a row has one line of the message, and whoever wanted it before whoever said it', () => {
  const event = {
    ...({ code: 'TASK_ORDERED', level: 'info', message: 'told\nmore', host: 'one' } as const),
    ...{ by: 'ann@here', reason: null, facts: {}, atMs: 0 },
  }
  assert.equal(columns(event), ['1970-01-01 00:00:00', 'TASK_ORDERED', 'ann@here', 'told'])
  assert.is(columns({ ...event, by: null })[2], 'one')
})

test.after(() => group.close())
test.run()
