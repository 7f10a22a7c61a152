// Hosts in the dashboard.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hostsTab } from '#runtime/dashboard/hosts-tab'
import { aCopy, aHost, aLook, aTask, NOW, seenOf, shown } from './a-look.ts'

test('each host with what its tasks wait for and take in, and who leads', () => {
  const look = (at: number, records: number) =>
    aLook({
      at: NOW + at,
      status: { hosts: [aHost('one'), aHost('two')], coordinator: 'two' },
      tasks: { tasks: [aTask({ lag: 7, records }), aTask({ id: 'b', lag: 5 })] },
    })
  const screen = shown(seenOf(look(0, 0), look(2000, 600)))
  assert.match(screen[6] ?? '', /^> one +active +2 +0 +12 +300\/s/)
  assert.match(screen[7] ?? '', /^ {2}two +active, leads +2 +0 +0 +0\/s/)
})

test('a host that is silent has a sign, and its page says why', () => {
  const unanswered = [{ host: 'one', error: 'it hangs' }]
  const seen = seenOf(
    aLook({ status: { unanswered }, tasks: { standbys: [aCopy({ host: 'one' })] } }),
  )
  assert.match(shown(seen)[6] ?? '', /^>! ?one +silent, leads/)
  const page = shown(seen, 'return').join('\n')
  assert.match(page, /silence +it hangs/)
  assert.match(page, /runs\[1\] +words\/counts\/1 running\.idle/)
  assert.match(page, /copies\[0\] +words\/counts\/0 standby following\.idle/)
})

test('a host is drained or fenced, and one that drains or is fenced is let take part again', () => {
  const hosts = [
    aHost('one'),
    { ...aHost('two'), state: 'draining' },
    { ...aHost('three'), state: 'fenced' },
  ]
  const orders = hostsTab.rows(seenOf(aLook({ status: { hosts } }))).flatMap((row) => row.orders)
  assert.equal(
    orders.map((it) => (it !== undefined && 'body' in it ? [it.key, it.path, it.body] : [])),
    [
      ['d', '/v1/wishes', { wish: 'drain', host: 'one' }],
      ['f', '/v1/wishes', { wish: 'fence', host: 'one' }],
      ['d', '/v1/wishes', { wish: 'undrain', host: 'two' }],
      ['f', '/v1/wishes', { wish: 'fence', host: 'two' }],
      ['d', '/v1/wishes', { wish: 'drain', host: 'three' }],
      ['f', '/v1/wishes', { wish: 'unfence', host: 'three' }],
    ],
  )
})

test('a host that is away, and something is wished of, can be let take part again', () => {
  const away = [{ id: 'gone', wish: 'fenced' as const }]
  const seen = seenOf(aLook({ status: { hosts: [aHost('one')], away } }))
  assert.match(shown(seen)[7] ?? '', /gone +fenced, away +- /)
  const orders = hostsTab.rows(seen).at(-1)?.orders ?? []
  assert.equal(
    orders.map((it) => ('body' in it ? it.body : [])),
    [
      { wish: 'drain', host: 'gone' },
      { wish: 'unfence', host: 'gone' },
    ],
  )
})

test.run()
