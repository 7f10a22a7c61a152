// What stands around every page: the application and how it is, the way to the pages, and whether what
// is shown is new.

import { failuresIn } from './group.mjs'
import { html } from './html.mjs'
import { asking } from './orders.mjs'
import { well } from './overview.mjs'
import { PAGES, pageNamed } from './pages.mjs'

/** @import { Html } from './html.mjs' */
/** @import { State } from './state.ts' */

/**
 * The whole body of the document.
 * @param {State} state
 * @returns {Html}
 */
export function frame(state) {
  const { documents, route, trouble } = state
  const { status } = documents
  const failures = failuresIn(state)
  const errors = failures.hosts.length + failures.tasks.length
  const page = pageNamed(route.page)
  return html`<a class="skip" href="#main" data-do="skip">To the page</a>
<header class="head"><p class="name"><b>${status?.application ?? 'millrace'}</b>${status === undefined ? null : well(status)}</p>
<nav aria-label="Pages">${PAGES.map(
    ({ name, title }, index) =>
      html`<a href="#/${name}" accesskey="${index + 1}"${name === page.name ? html` aria-current="page"` : ''}>${title}${name === 'errors' && errors > 0 ? html` <span class="badge">${errors}</span>` : null}</a>`,
  )}</nav>
<p class="pulse" role="status">${trouble === null ? html`<span class="state good"><i aria-hidden="true">●</i>live</span>` : html`<span class="state warn"><i aria-hidden="true">◆</i>old</span>`}</p></header>
${trouble === null ? null : html`<p class="trouble" role="alert">${trouble}</p>`}
<main id="main" tabindex="-1"${trouble === null ? '' : html` class="old"`}>${page.render(state)}</main>${asking(state)}`
}

/** @param {State} state */
export const titleOf = ({ documents: { status }, route }) =>
  `${pageNamed(route.page).title} · ${status?.application ?? 'Millrace'}`
