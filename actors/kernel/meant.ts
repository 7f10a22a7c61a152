// Which actors a person means by a word: a path or a run of its parts, as in `one/coordinator`, `wordcount`
// or `wordcount/counts/0`, with `*` for anything and `?` for one character. Who is below one that is meant
// is meant too. The name of a task's actor holds its id with `:` for `/`; here the two are the same.

import { globSource } from '#protocols/core/glob'

/** Whether a path, or the id of a task, is meant by the word. */
export function meansActor(word: string): (path: string) => boolean {
  const pattern = new RegExp(`(^|/)${globSource(parts(word))}(/|$)`, 'u')
  return (path) => pattern.test(parts(path))
}

const parts = (path: string): string => path.replaceAll(':', '/')
