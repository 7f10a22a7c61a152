// HTML from templates. Whatever is put into one is text, and is escaped, unless it came out of another:
// names and values of users appear on every page.

/** Text that is HTML already. Only `html` makes it. */
export class Html {
  /** @param {string} text */
  constructor(text) {
    /** @readonly */
    this.text = text
  }

  toString() {
    return this.text
  }
}

/** @typedef {Html | string | number | null | undefined | false | readonly Html[]} Part */

/**
 * `` html`<td title="${name}">${name}</td>` ``: attributes have to stand in double quotes.
 * @param {TemplateStringsArray} strings
 * @param {...Part} parts
 * @returns {Html}
 */
export function html(strings, ...parts) {
  const text = strings.reduce((before, string, index) => {
    return before + shown(parts[index - 1]) + string
  })
  return new Html(text)
}

/** @type {Readonly<Record<string, string>>} */
const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** @param {string} text */
export const escaped = (text) => text.replace(/[&<>"']/g, (letter) => ESCAPES[letter] ?? '')

/**
 * @param {Part} part
 * @returns {string}
 */
function shown(part) {
  if (part === null || part === undefined || part === false) return ''
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(shown).join('')
  return escaped(String(part))
}
