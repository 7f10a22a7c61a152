// The console at work: listens to the host and to the person, and shows the page that follows from both.
// Only what differs is changed in the document, so that what has the focus keeps it.

import { broke, FIRST_STATE, heard, lookupPath, VIEWS, watchPath } from './feed.mjs'
import { frame, titleOf } from './frame.mjs'
import morphdom from './morphdom.mjs'
import { routeOf, viewsOf } from './pages.mjs'
import { pressed } from './table.mjs'

/** @import { State } from './state.ts' */
/** @import { ErrorDocument, QuarantineDocument, QueryDocument } from '../../admin/documents.ts' */

let state = FIRST_STATE
/** @type {EventSource | null} */
let source = null
let watched = ''
let isDue = false

/** @param {Partial<State>} change */
function change(change) {
  state = { ...state, ...change }
  if (isDue) return
  isDue = true
  // Several documents come at a time.
  queueMicrotask(show)
}

function show() {
  isDue = false
  document.title = titleOf(state)
  const body = document.createElement('body')
  body.innerHTML = frame(state).text
  morphdom(document.body, body, { onBeforeElUpdated: (from, to) => !from.isEqualNode(to) })
}

/** One stream, of what the open page needs; none while nobody can see it. */
function watch() {
  const path = document.hidden ? '' : watchPath(viewsOf(state.route.page))
  if (path === watched) return
  watched = path
  source?.close()
  source = path === '' ? null : new EventSource(path)
  for (const type of [...VIEWS, 'same', 'trouble']) {
    source?.addEventListener(type, (event) => change(heard(state, event)))
  }
  source?.addEventListener('error', () => {
    change(broke(state))
    // A host that refused is not asked again by the browser.
    if (source?.readyState === EventSource.CLOSED) setTimeout(again, 2000)
  })
}

function again() {
  watched = ''
  watch()
}

/**
 * @template T
 * @param {string} path
 * @returns {Promise<T>}
 */
async function ask(path) {
  const headers = state.token === '' ? {} : { authorization: `Bearer ${state.token}` }
  const response = await fetch(path, { headers })
  /** @type {T | ErrorDocument} */
  const answer = await response.json()
  if (response.ok) return /** @type {T} */ (answer)
  const { what, hint, code } = /** @type {ErrorDocument} */ (answer).error
  throw new Error(`${what}${hint === undefined ? '' : `. ${hint}`} [${code}]`)
}

async function look() {
  // The first store is chosen until somebody chooses another.
  const first = state.documents.stores?.stores[0]?.store ?? ''
  const lookup = { ...state.lookup, store: state.lookup.store || first }
  try {
    /** @type {QueryDocument} */
    const answer = await ask(lookupPath(lookup))
    change({ lookup: { ...lookup, answer, trouble: null } })
  } catch (thrown) {
    change({ lookup: { ...lookup, answer: null, trouble: String(thrown) } })
  }
}

async function quarantine() {
  if (state.token === '' || state.route.page !== 'errors') return
  try {
    /** @type {QuarantineDocument} */
    const found = await ask('../v1/quarantine')
    change({ quarantine: found })
  } catch (thrown) {
    change({ trouble: String(thrown) })
  }
}

function go() {
  const route = routeOf(location.hash)
  const isOther = route.page !== state.route.page
  change({ route, ...(isOther ? { filter: '' } : {}) })
  watch()
  void quarantine()
}

document.addEventListener('input', ({ target }) => {
  if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return
  const { value, name } = target
  if (target.dataset['do'] === 'filter') change({ filter: value })
  if (target.dataset['do'] === 'token') change({ token: value })
  if (target.dataset['do'] === 'lookup') change({ lookup: { ...state.lookup, [name]: value } })
})

document.addEventListener('submit', (event) => {
  event.preventDefault()
  void look()
})

document.addEventListener('click', (event) => {
  const target = event.target instanceof Element ? event.target : null
  if (target?.closest('[data-do=skip]')) {
    event.preventDefault()
    document.getElementById('main')?.focus()
  }
  const button = target?.closest('button[data-sort]')
  if (!(button instanceof HTMLButtonElement)) return
  const { sort = '', number } = button.dataset
  const { page } = state.route
  const next = pressed(state.sorts[page], sort, number === 'yes')
  change({ sorts: { ...state.sorts, [page]: next } })
})

document.addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof HTMLInputElement
  const { page, open } = state.route
  if (event.key === 'Escape' && open !== null) location.hash = `#/${page}`
  const filter = document.querySelector('[data-do=filter]')
  if (event.key !== '/' || isTyping || !(filter instanceof HTMLInputElement)) return
  event.preventDefault()
  filter.focus()
})

document.addEventListener('visibilitychange', watch)
window.addEventListener('hashchange', go)
go()
