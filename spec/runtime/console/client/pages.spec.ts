// The pages as a whole: each has an address, says what it waits for, and is safe from names.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FIRST_STATE } from '../../../../runtime/console/client/feed.mjs'
import { frame } from '../../../../runtime/console/client/frame.mjs'
import { nameOf } from '../../../../runtime/console/client/looks.mjs'
import { PAGES, pageNamed, routeOf, viewsOf } from '../../../../runtime/console/client/pages.mjs'
import { aTask } from '../../dashboard/a-look.ts'
import { HOSTILE, hostileState, seen } from './a-state.ts'

test('an address is a page and what is open on it; what is not one is the overview', () => {
  const open = `#/tasks/${encodeURIComponent('active one a/b%')}`
  assert.equal(routeOf(open), { page: 'tasks', open: 'active one a/b%' })
  for (const { name } of PAGES) assert.equal(routeOf(`#/${name}`), { page: name, open: null })
  for (const hash of ['', '#', '#/', '#/nowhere', '#/nowhere/x', '#/__proto__', 'x#/tasks']) {
    assert.equal(routeOf(hash), { page: 'overview', open: null }, hash)
  }
  assert.equal(routeOf('#/tasks/%'), { page: 'tasks', open: '%' })
})

test('a page is watched with what it needs, and the head with what it shows', () => {
  assert.equal(viewsOf('tree'), ['status', 'tasks', 'tree'])
  assert.equal(viewsOf('topics'), ['status', 'tasks', 'lag', 'topology'])
  assert.equal(viewsOf('hosts'), ['status', 'tasks'])
})

test('before the host has answered every page is there and says nothing that is not so', () => {
  for (const { name, render } of PAGES) {
    assert.ok(render(FIRST_STATE).text.length > 0, name)
    assert.not.match(seen(render(FIRST_STATE)), /undefined|null|NaN/)
  }
})

test('no name and no text of an error becomes a tag, on any page', () => {
  const open = nameOf(aTask({ id: HOSTILE, host: HOSTILE }))
  for (const { name } of PAGES) {
    for (const filter of ['', HOSTILE]) {
      const state = hostileState({
        filter,
        route: { page: name, open: name === 'tasks' ? open : HOSTILE },
      })
      const { text } = frame(state)
      assert.not.match(text, /<img|<\/script/)
      // Where an attribute ends, and another begins, is ours to say.
      assert.not.match(text.replaceAll(/="[^"]*"/g, ''), /onerror=(?!alert\(1\)&gt;)|"/)
      assert.match(text, /&quot;&gt;&lt;img/, name)
      assert.not.match(text, /undefined|NaN|\[object/)
    }
  }
})

test('the page that is open is the one that is marked', () => {
  for (const { name } of PAGES) {
    const { text } = frame(hostileState({ route: { page: name, open: null } }))
    const marked = [...text.matchAll(/<a href="#\/(\w+)"[^>]*aria-current="page"/g)].map(
      ([, it]) => it,
    )
    assert.equal(marked, [pageNamed(name).name])
  }
})

test.run()
