// The command, on the documents of a group of which no host runs: what is shown, what is wished, and what is
// only told without --yes.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NOTHING_WISHED } from '#protocols/messages/membership'
import { GroupOnPaper } from '../../kit/group-on-paper.ts'

const group = new GroupOnPaper()
const topologies = { t: { a: 2 } }
const held = ['t/a/0', 't/a/1']
const startedAt = Date.now() - 3 * 3_600_000
await group.join('one', {
  ...{ topologies, held, copies: { 't/b/0': 0 }, capacity: 2, zone: 'east', startedAt },
  version: '2.1',
})
await group.join('two', { topologies, copies: {}, state: 'draining', startedAt })
await group.place({ 't/a/0': 'one', 't/a/1': 'one' })

test('hosts are listed with what is wished of them, also those that are away', async () => {
  await group.done('hosts drain one --yes')
  await group.wish({ ...(await group.wishes()), fenced: ['gone'] })
  const lines = (await group.done('hosts')).split('\n').map((line) => line.trim().split(/ {2,}/))
  assert.equal(lines, [
    ['HOST', 'STATE', 'ZONE', 'CAPACITY', 'WORKERS', 'TASKS', 'STANDBYS', 'PID', 'VERSION', 'UP'],
    ['one', 'draining', 'east', '2', '0', '2', '1', '1', '2.1', '3 h'],
    ['two', 'leaving', '-', '1', '0', '0', '0', '1', '-', '3 h'],
    ['gone', 'fenced, away', '-', '1', '0', '0', '0', '-', '-', '-'],
  ])
  assert.is(
    await group.done('hosts unfence gone --yes'),
    'gone is not fenced any more, and takes part again',
  )
  assert.match(await group.done('hosts undrain one --yes'), /does not drain any more/)
  assert.equal([(await group.wishes()).draining, (await group.wishes()).fenced], [[], []])
})

test('a drain says what goes, and what cannot', async () => {
  const stays = 'one drains: others get 2 tasks and 1 standby, as they copy them'
  assert.is(await group.done('hosts drain one --yes'), `${stays}; what no other host can run stays`)
  await group.join('two', { topologies, copies: {} })
  assert.is(await group.done('hosts drain one --yes'), stays)
  assert.equal((await group.wishes()).draining, ['one'])
  await group.wish(NOTHING_WISHED)
})

test('a drain with a deadline shows how long it has, and undrained it has none', async () => {
  await group.done('hosts drain one --yes --deadline 30m')
  assert.match(await group.done('hosts'), /one +draining \(30 min left\) /)
  const { drainBy } = await group.wishes()
  await group.wish({
    ...(await group.wishes()),
    drainBy: { one: (drainBy['one'] ?? 0) - 45 * 60_000 },
  })
  assert.match(await group.done('hosts'), /one +draining \(15 min late\) /)
  await group.done('hosts undrain one --yes')
  assert.equal(await group.wishes(), NOTHING_WISHED)
  const { code, stderr } = await group.run('hosts drain one --deadline soon')
  assert.is(code, 2)
  assert.match(stderr, /--deadline cannot be "soon".*\[DURATION_INVALID\]/s)
})

test('a fence is told without --yes, and set with it', async () => {
  const told = await group.run('hosts fence one')
  assert.is(told.code, 2)
  assert.is(told.stdout, '')
  assert.match(told.stderr, /^would fence one: others get 2 tasks and 1 standby at once/)
  assert.match(told.stderr, /nothing was done; say --yes to do it \[OPTION_INVALID\]/)
  assert.equal((await group.wishes()).fenced, [])
  assert.match(await group.done('hosts fence one --yes'), /^one is fenced: /)
  assert.equal((await group.wishes()).fenced, ['one'])
  await group.wish(NOTHING_WISHED)
})

test('what moves tasks is only told without --yes, as text and as JSON', async () => {
  const drain = await group.run('hosts drain one')
  assert.equal([drain.code, drain.stdout], [2, ''])
  assert.match(drain.stderr, /^would drain one\none drains: others get 2 tasks and 1 standby/)
  assert.equal(await group.wishes(), NOTHING_WISHED)
  const wishes = { ...NOTHING_WISHED, draining: ['one'], fenced: ['two'] }
  await group.wish(wishes)
  for (const [line, wish, plan] of [
    ['hosts undrain one', 'draining', /^would end the drain of one: it takes part again\n/],
    ['hosts unfence two', 'fenced', /^would end the fence of two: it takes part again\n/],
  ] as const) {
    const told = await group.run(line)
    assert.equal([told.code, told.stdout, plan.test(told.stderr)], [2, '', true], told.stderr)
    const json = await group.run(`${line} --json`)
    const host = line.split(' ').at(-1)
    assert.equal([json.code, JSON.parse(json.stdout)], [2, { host, wish, isDone: false }])
  }
  assert.equal(await group.wishes(), wishes)
  await group.wish(NOTHING_WISHED)
})

test('a host nobody knows is refused, with the one that was meant, or those there are', async () => {
  for (const [line, hint] of [
    ['hosts drain onee', 'Did you mean one\\?'],
    ['hosts fence elsewhere --yes', 'Hosts: one, two'],
  ]) {
    const { code, stderr } = await group.run(line ?? '')
    assert.is(code, 1)
    assert.match(stderr, new RegExp(`has no host .*${hint}.* \\[HOST_UNKNOWN\\]`))
  }
})

test.after(() => group.close())
test.run()
