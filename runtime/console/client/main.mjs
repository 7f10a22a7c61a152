// The console at work: listens to the host and to the person, and shows the page that follows from both.
// Only what differs is changed in the document, so that what has the focus keeps it.

import { broke, FIRST_STATE, heard, lookupPath, peekPath, VIEWS, watchPath } from './feed.mjs'
import { frame, titleOf } from './frame.mjs'
import morphdom from './morphdom.mjs'
import { routeOf, viewsOf } from './pages.mjs'
import { pressed } from './table.mjs'

/** @import { Order, State } from './state.ts' */
/** @import { ErrorDocument, PeekDocument, QuarantineDocument, QueryDocument } from '../../admin/documents.ts' */

/** So long the page says what became of an order. */
const NOTE_MS = 6000

let state = FIRST_STATE
/** @type {EventSource | null} */
let source = null
let watched = ''
let isDue = false
let shownPage = ''

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
  // Closed before it goes, a question gives the focus back to what had it.
  if (state.ask === null) question()?.close()
  morphdom(document.body, body, { onBeforeElUpdated: kept })
  if (state.ask !== null && question()?.open === false) question()?.showModal()
  if (shownPage === state.route.page) return
  shownPage = state.route.page
  // A page is read from its top. Where there is little room the way to it may be out of sight.
  scrollTo(0, 0)
  document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest' })
}

/** @param {HTMLElement} from @param {HTMLElement} to */
function kept(from, to) {
  // Whether it is open is known to the document alone.
  if (from instanceof HTMLDialogElement) to.toggleAttribute('open', from.open)
  return !from.isEqualNode(to)
}

const question = () => document.querySelector('dialog')

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
 * @param {RequestInit} [init]
 * @returns {Promise<T>}
 */
async function ask(path, init = {}) {
  const headers = state.token === '' ? {} : { authorization: `Bearer ${state.token}` }
  const response = await fetch(path, { ...init, headers })
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

async function peek() {
  const first = document.querySelector('select[name=topic]')
  const topic = state.peek.topic || (first instanceof HTMLSelectElement ? first.value : '')
  const peek = { ...state.peek, topic }
  try {
    /** @type {PeekDocument} */
    const answer = await ask(peekPath(peek))
    change({ peek: { ...peek, answer, trouble: null } })
  } catch (thrown) {
    change({ peek: { ...peek, answer: null, trouble: String(thrown) } })
  }
}

/** Tells the host what was asked about, once. */
async function tell() {
  if (state.ask === null || state.ask.isSent) return
  const { order, reason } = state.ask
  change({ ask: { ...state.ask, isSent: true, trouble: null } })
  const body = { ...order.body, by: 'console', ...(reason === '' ? {} : { reason }) }
  try {
    await ask(order.path, { method: 'POST', body: JSON.stringify(body) })
    change({ ask: null })
    say(`Told: ${order.verb} ${order.subject}`)
    void quarantine()
  } catch (thrown) {
    if (state.ask?.order !== order) return say(`Refused: ${order.verb} ${order.subject}: ${thrown}`)
    change({ ask: { ...state.ask, isSent: false, trouble: String(thrown) } })
  }
}

/** @param {string} note */
function say(note) {
  change({ note })
  setTimeout(() => state.note === note && change({ note: null }), NOTE_MS)
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
  change({ route, ask: null, ...(isOther ? { filter: '' } : {}) })
  watch()
  void quarantine()
}

document.addEventListener('input', ({ target }) => {
  if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return
  const { value, name } = target
  if (target.dataset['do'] === 'filter') change({ filter: value })
  if (target.dataset['do'] === 'token') change({ token: value })
  if (target.dataset['do'] === 'lookup') change({ lookup: { ...state.lookup, [name]: value } })
  if (target.dataset['do'] === 'peek') change({ peek: { ...state.peek, [name]: value } })
  if (target.dataset['do'] === 'reason' && state.ask !== null) {
    change({ ask: { ...state.ask, reason: value } })
  }
})

document.addEventListener('submit', (event) => {
  event.preventDefault()
  const form = event.target instanceof HTMLFormElement ? event.target.dataset['do'] : undefined
  if (form === 'look') void look()
  if (form === 'peek') void peek()
  if (form === 'order') void tell()
})

document.addEventListener('click', (event) => {
  const target = event.target instanceof Element ? event.target : null
  if (target?.closest('[data-do=skip]')) {
    event.preventDefault()
    document.getElementById('main')?.focus()
  }
  const button = target?.closest('button')
  if (!button) return
  const { sort, number, order, store } = button.dataset
  if (sort !== undefined) {
    const { page } = state.route
    const next = pressed(state.sorts[page], sort, number === 'yes')
    change({ sorts: { ...state.sorts, [page]: next } })
  }
  if (store !== undefined) {
    change({ lookup: { ...state.lookup, store, key: '', from: '', to: '' } })
    void look()
  }
  if (button.dataset['do'] === 'cancel') change({ ask: null })
  if (order === undefined) return
  /** @type {Order} it was made of one */
  const asked = JSON.parse(order)
  change({ ask: { order: asked, reason: '', isSent: false, trouble: null }, note: null })
})

// The browser would close the question by itself, and the page not know of it.
document.addEventListener(
  'cancel',
  (event) => {
    event.preventDefault()
    change({ ask: null })
  },
  true,
)

document.addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof HTMLInputElement
  const { page, open } = state.route
  if (event.key === 'Escape' && open !== null && state.ask === null) location.hash = `#/${page}`
  const filter = document.querySelector('[data-do=filter]')
  if (event.key !== '/' || isTyping || !(filter instanceof HTMLInputElement)) return
  event.preventDefault()
  filter.focus()
})

document.addEventListener('visibilitychange', watch)
window.addEventListener('hashchange', go)
go()
