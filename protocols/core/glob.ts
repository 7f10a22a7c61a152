// Patterns in which `*` stands for anything and `?` for one character, as people write them in commands.

/** The source of a regular expression for the same, without anchors; for the flag `u`. */
export const globSource = (pattern: string): string => [...pattern].map(expressed).join('')

function expressed(letter: string): string {
  if (letter === '*') return '.*'
  if (letter === '?') return '.'
  return letter.replace(/[\\^$.|+()[\]{}/]/u, '\\$&')
}
