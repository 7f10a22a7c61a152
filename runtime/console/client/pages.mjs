// The pages by name: what each is made of, and the documents it needs.

import { storesPage, topicsPage } from './data.mjs'
import { eventsPage } from './events.mjs'
import { errorsPage, hostsPage, treePage } from './group.mjs'
import { overviewPage } from './overview.mjs'
import { rebalancePage } from './rebalance.mjs'
import { tasksPage } from './tasks.mjs'
import { topologyPage } from './topology.mjs'

/** @import { Html } from './html.mjs' */
/** @import { Route, State, ViewName } from './state.ts' */

/**
 * @typedef {object} Page
 * @property {string} name as in its address
 * @property {string} title
 * @property {readonly ViewName[]} needs beside those that the frame shows
 * @property {(state: State) => Html} render
 */

/** @type {readonly Page[]} */
export const PAGES = [
  { name: 'overview', title: 'Overview', needs: ['events', 'alerts'], render: overviewPage },
  { name: 'topology', title: 'Topology', needs: ['topology'], render: topologyPage },
  { name: 'tasks', title: 'Tasks', needs: ['rebalance', 'events'], render: tasksPage },
  { name: 'hosts', title: 'Hosts', needs: [], render: hostsPage },
  { name: 'tree', title: 'Tree', needs: ['tree'], render: treePage },
  { name: 'rebalance', title: 'Rebalance', needs: ['rebalance', 'events'], render: rebalancePage },
  { name: 'stores', title: 'Stores', needs: ['stores'], render: storesPage },
  { name: 'topics', title: 'Topics', needs: ['lag', 'topology'], render: topicsPage },
  { name: 'errors', title: 'Errors', needs: ['events'], render: errorsPage },
  { name: 'events', title: 'Events', needs: ['events'], render: eventsPage },
]

/** What the head and the charts are made of, whatever page is open. @type {readonly ViewName[]} */
const ALWAYS = ['status', 'tasks']

/** @param {string} name @returns {Page} */
export const pageNamed = (name) =>
  PAGES.find((page) => page.name === name) ?? /** @type {Page} */ (PAGES[0])

/** Documents to watch while a page is open. @param {string} name */
export const viewsOf = (name) => [...ALWAYS, ...pageNamed(name).needs]

/**
 * `#/tasks/active%20one%20words%2F0` is a page and what is open on it; anything else is the overview.
 * @param {string} hash
 * @returns {Route}
 */
export function routeOf(hash) {
  const [, page = '', open] = /^#\/([a-z]+)(?:\/(.+))?$/.exec(hash) ?? []
  const known = pageNamed(page).name
  return { page: known, open: open === undefined || known !== page ? null : decoded(open) }
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // Somebody typed it.
  }
}
