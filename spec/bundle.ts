// Builds dist/bundle, which is what an installed package runs: our modules and the small libraries they
// are made of in few files. A host starts several threads, each of which loads everything anew, and most
// of what that takes is asked for by the file.
//
// Left outside, as dependencies: what is native, what programs bring values of (machines of xstate), what
// only some load (nats, and whatever is required by name), and what has dependencies of its own there.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { build, type Metafile, type Plugin } from 'esbuild'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const OUTSIDE = ['lmdb', 'nats', 'xstate', 'prom-client', 'tsx', '@opentelemetry/api']
/**
 * What a program and the host that runs it share: both have the same classes. By names in the bundle, where
 * all lie side by side: modules find one another beside themselves.
 */
const HOST = {
  index: 'runtime/index.ts',
  serdes: 'protocols/serdes/serdes.ts',
  testkit: 'runtime/testkit/testkit.ts',
  'start-manifest': 'runtime/process/start-manifest.ts',
  'worker-thread': 'runtime/process/worker-thread.ts',
  'typescript-hooks': 'runtime/manifest/typescript-hooks.ts',
}
/**
 * Commands have what they need of it once more. What is shared among them lies in many small files, for
 * each loads little; a host would load them all.
 */
const COMMANDS = { millrace: 'runtime/cli/millrace.ts', 'log-child': 'runtime/cli/log-child.ts' }
/** The one that becomes a host goes over to its files. */
const overToHost: Plugin = {
  name: 'over to the host',
  setup({ onResolve }) {
    onResolve({ filter: /\/start-manifest\.ts$/ }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: './start-manifest.js', external: true },
    )
  },
}
const CONSOLE = 'runtime/console/client'

/**
 * Makes a directory what was built. Files that are so already stay as they are: who runs from them may
 * go on.
 * @returns the packages that are inside
 */
export async function bundle(outdir = join(ROOT, 'dist/bundle')): Promise<readonly string[]> {
  const built = await Promise.all([HOST, COMMANDS].map((entries) => buildOf(entries, outdir)))
  const packages = packagesIn(built.map(({ metafile }) => metafile))
  const files = new Map<string, Uint8Array>()
  for (const { path, contents } of built.flatMap(({ outputFiles }) => outputFiles)) {
    files.set(relative(outdir, path), contents)
  }
  const modules = readdirSync(join(ROOT, CONSOLE)).filter((name) => name.endsWith('.mjs'))
  for (const name of modules) {
    files.set(join('client', name), readFileSync(join(ROOT, CONSOLE, name)))
  }
  files.set('LICENSES.txt', Buffer.from(packages.map(licenseOf).join('\n\n')))
  put(outdir, files)
  return packages.map((folder) => folder.slice('node_modules/'.length))
}

const buildOf = (entryPoints: Readonly<Record<string, string>>, outdir: string) =>
  build({
    ...{ absWorkingDir: ROOT, entryPoints, outdir, external: OUTSIDE, plugins: [overToHost] },
    ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20.15' },
    ...{ conditions: ['source'], chunkNames: '[hash]', metafile: true, logLevel: 'warning' },
    write: false,
    // Libraries that are CommonJS require modules of Node.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  })

function put(directory: string, files: ReadonlyMap<string, Uint8Array>): void {
  mkdirSync(directory, { recursive: true })
  for (const [name, contents] of files) {
    const path = join(directory, name)
    if (existsSync(path) && readFileSync(path).equals(contents)) continue
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, contents)
  }
  const found = readdirSync(directory, { recursive: true, withFileTypes: true })
  for (const entry of found) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && !files.has(relative(directory, path))) rmSync(path)
  }
}

/** Folders of packages of which something is inside. */
function packagesIn(built: readonly Metafile[]): readonly string[] {
  const paths = built.flatMap(({ inputs }) => Object.keys(inputs))
  const folders = paths.flatMap((path) => {
    const [folder] = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path) ?? []
    return folder ?? []
  })
  return [...new Set(folders)].sort()
}

function licenseOf(folder: string): string {
  const files = readdirSync(join(ROOT, folder)).filter((name) => /^(licen[cs]e|notice)/i.test(name))
  const { name, version, license } = JSON.parse(
    readFileSync(join(ROOT, folder, 'package.json'), 'utf8'),
  )
  const texts = files.map((file) => readFileSync(join(ROOT, folder, file), 'utf8').trim())
  return [`${name} ${version}, ${license}`, ...texts].join('\n\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle()
