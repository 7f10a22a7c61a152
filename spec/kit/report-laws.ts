// Loaded before a spec by the runner: lets `import ... from 'uvu'` answer laws.ts, which reports.
// Without it, a spec runs on plain uvu and means the same.

import { register } from 'node:module'

const laws = new URL('./laws.ts', import.meta.url).href

const hook = `
  export const resolve = (specifier, context, next) =>
    specifier === 'uvu' && context.parentURL !== ${JSON.stringify(laws)}
      ? next(${JSON.stringify(laws)}, context)
      : next(specifier, context)
`

register(`data:text/javascript,${encodeURIComponent(hook)}`)
