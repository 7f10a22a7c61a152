// A page of Markdown: its links to files. Addresses, anchors within the page and code are left out.

import { readFileSync } from 'node:fs'

export interface Link {
  /** Relative to the page, without the anchor. */
  readonly target: string
  readonly line: number
}

export interface Page {
  readonly links: readonly Link[]
}

export function readMarkdown(root: URL, path: string): Page {
  const links: Link[] = []
  let isCode = false
  const lines = readFileSync(new URL(path, root), 'utf8').split('\n')
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('```')) isCode = !isCode
    if (isCode) continue
    for (const [, target = ''] of line.replaceAll(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)) {
      const file = target.replace(/#.*$/, '')
      if (file === '' || /^[a-z]+:/.test(file)) continue
      links.push({ target: decodeURI(file), line: index + 1 })
    }
  }
  return { links }
}
