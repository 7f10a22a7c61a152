// Makes plain JavaScript of specs, all at once: modules that several of them share are in files of their own.
// Started through tsx, every spec would load some hundred modules through a loader in another thread, and
// that is more processor time than most laws take.
//
// What runs is what tsx would run: both are esbuild. `import.meta.url` stays the one of the source, and 'uvu'
// is laws.ts, which reports.

import { readFileSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const LAWS = fileURLToPath(new URL('laws.ts', import.meta.url))
/** Ourselves, and libraries of many small modules, which are quicker in one. All other packages stay outside. */
const INSIDE = /^(millrace(\/.*)?|fast-check|zod|hono(\/.*)?)$/

/**
 * @param files paths, absolute or from the root of the repository
 * @param outdir an empty directory, which gets node_modules too
 * @returns the compiled module of each file
 * @throws when one cannot be parsed, or imports what is not there
 */
export async function compileSpecs(
  files: readonly string[],
  outdir: string,
): Promise<ReadonlyMap<string, string>> {
  const outs = new Map(
    files.map((file, n) => [file, `${n}-${file.replaceAll(/.*\/|\.m?ts$/g, '')}`]),
  )
  symlinkSync(join(ROOT, 'node_modules'), join(outdir, 'node_modules'), 'dir')
  await build({
    entryPoints: [...outs].map(([file, out]) => ({ in: resolve(ROOT, file), out })),
    ...{
      absWorkingDir: ROOT,
      outdir,
      outExtension: { '.js': '.mjs' },
      chunkNames: 'shared/[hash]',
    },
    ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20.15' },
    ...{ conditions: ['source'], packages: 'external', sourcemap: 'linked', logLevel: 'error' },
    ...{ define: { 'import.meta.url': 'SOURCE_URL' }, plugins: [reporting, inside, sourceUrls] },
  })
  return new Map([...outs].map(([file, out]) => [file, join(outdir, `${out}.mjs`)]))
}

const reporting: Plugin = {
  name: 'reporting',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^uvu$/ }, ({ importer }) => (importer === LAWS ? null : { path: LAWS })),
}

const inside: Plugin = {
  name: 'inside',
  setup: ({ onResolve }) =>
    onResolve({ filter: INSIDE }, ({ path }) => ({
      path: fileURLToPath(import.meta.resolve(path)),
    })),
}

const sourceUrls: Plugin = {
  name: 'source urls',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.m?ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!text.includes('import.meta.url')) return null
      const url = `const SOURCE_URL = ${JSON.stringify(pathToFileURL(path).href)};`
      return { contents: url + text, loader: 'ts' }
    }),
}
