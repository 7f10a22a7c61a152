// Everything known of something, as lines of names and values.

import { clean, wrap } from './text.ts'

/** Each value on a line of its own, with the path to it; what is empty says so. */
export function detailsOf(value: unknown, path = ''): readonly (readonly [string, string])[] {
  if (value !== null && typeof value === 'object') {
    const isList = Array.isArray(value)
    const entries = Object.entries(value)
    if (entries.length === 0) return [[path, isList ? 'none' : '-']]
    return entries.flatMap(([name, inner]) =>
      detailsOf(inner, isList ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`),
    )
  }
  return [[path, value === null || value === undefined || value === '' ? '-' : String(value)]]
}

/** As text of at most so many columns. */
export function detailLines(value: unknown, width: number): readonly string[] {
  const pairs = detailsOf(value)
  const names = Math.min(Math.max(0, ...pairs.map(([name]) => name.length)), Math.floor(width / 2))
  return pairs.flatMap(([name, text]) => {
    const lines = wrap(clean(text), Math.max(1, width - names - 2))
    const [first = '', ...rest] = lines
    const indent = ' '.repeat(names + 2)
    const head = clean(name).length > names ? [name] : []
    const start = head.length > 0 ? indent : `${name.padEnd(names)}  `
    return [...head, `${start}${first}`, ...rest.map((line) => indent + line)]
  })
}
