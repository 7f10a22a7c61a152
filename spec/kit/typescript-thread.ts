// A thread that runs a module of TypeScript. One of Node 20 does not inherit the loader of the process: it
// is registered before the module is imported.

import { Worker, type WorkerOptions } from 'node:worker_threads'

/** @param module its URL */
export function typescriptThread(module: string, options: WorkerOptions): Worker {
  const [tsx, script] = [import.meta.resolve('tsx/esm/api'), module].map((url) =>
    JSON.stringify(url),
  )
  const code = `import(${tsx}).then((tsx) => (tsx.register(), import(${script})))`
  return new Worker(code, { ...options, eval: true })
}
