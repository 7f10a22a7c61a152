// What a host says, as changes of what the console knows. The stream is opened by whoever calls; here is
// what each of its events means.

import { added, NOTHING_SEEN } from './looks.mjs'

/** @import { State, ViewName } from './state.ts' */
/** @import { ErrorFacts } from '#protocols/core/errors' */

/** @type {readonly ViewName[]} */
// biome-ignore format: a list of names
export const VIEWS = ['status', 'tasks', 'tree', 'lag', 'stores', 'topology', 'rebalance', 'events', 'alerts']

/** @type {State} */
export const FIRST_STATE = {
  ...{ route: { page: 'overview', open: null }, documents: {}, quarantine: null },
  ...{ history: NOTHING_SEEN, at: 0, trouble: null, filter: '', sorts: {}, token: '' },
  lookup: { store: '', key: '', from: '', to: '', limit: '100', answer: null, trouble: null },
  peek: { topic: '', from: 'last', count: '10', answer: null, trouble: null },
  ...{ ask: null, note: null },
}

/** Where a page finds the host: beside itself, behind whatever prefix. @param {readonly string[]} views */
export const watchPath = (views) => `../v1/watch?views=${views.join(',')}`

/**
 * @param {State} state
 * @param {{ readonly type: string, readonly data: string, readonly lastEventId: string }} event
 * @returns {State}
 */
export function heard(state, { type, data, lastEventId }) {
  const at = Number(lastEventId)
  if (type === 'trouble') {
    // The host speaks JSON of this shape.
    const { view, error } = /** @type {{ view: string, error: ErrorFacts }} */ (JSON.parse(data))
    return { ...state, trouble: `The host has no ${view}: ${error.what} [${error.code}]` }
  }
  const view = VIEWS.find((name) => name === (type === 'same' ? data : type))
  if (view === undefined) return state
  const documents =
    type === 'same' ? state.documents : { ...state.documents, [view]: JSON.parse(data) }
  const seen = { ...state, documents, at, trouble: null }
  if (view !== 'tasks' || documents.tasks === undefined) return seen
  return { ...seen, history: added(state.history, documents.tasks, at) }
}

/** The stream broke; the browser tries again by itself. @param {State} state @returns {State} */
export const broke = (state) => ({
  ...state,
  trouble: 'The host does not answer. What is shown is as it was; the page asks again by itself.',
})

/** The path of what was typed into the form. @param {State['lookup']} lookup */
export function lookupPath({ store, key, from, to, limit }) {
  const query = key === '' ? { from, to, limit } : { key }
  const parts = Object.entries(query).flatMap(([name, value]) =>
    value === '' ? [] : [`${name}=${encodeURIComponent(value)}`],
  )
  return `../v1/stores/${encodeURIComponent(store)}?${parts.join('&')}`
}

/** The path of a look into a topic. @param {State['peek']} peek */
export const peekPath = ({ topic, from, count }) =>
  `../v1/peek?topic=${encodeURIComponent(topic)}&from=${encodeURIComponent(from)}&count=${encodeURIComponent(count)}`
