// Loads the module an actor entry names and finds the definitions in it: its exports that are
// topologies and actors, whatever they are called; a default export counts once. TypeScript is loaded through
// tsx, registered when the first TypeScript module is met.

import { existsSync } from 'node:fs'
import { register as hook } from 'node:module'
import { extname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { asError, isMillraceError, MillraceError } from '#protocols/core/errors'
import type { Definition } from '../dsl/definition.ts'

/**
 * @param path absolute path of a .ts, .mts, .js or .mjs module
 * @throws MillraceError MODULE_MISSING, MODULE_BROKEN, MODULE_EMPTY
 */
export async function loadDefinitions(path: string): Promise<readonly Definition[]> {
  if (!existsSync(path)) {
    throw new MillraceError({
      code: 'MODULE_MISSING',
      what: `there is no module ${path}`,
      hint: 'Paths in a manifest are relative to the manifest',
    })
  }
  const found = new Set<Definition>()
  for (const value of Object.values(await loadModule(path))) {
    if (isDefinition(value)) found.add(value)
  }
  if (found.size > 0) return [...found]
  throw new MillraceError({
    code: 'MODULE_EMPTY',
    what: `${path} exports nothing that a host can run`,
    hint: "Export what topology('name', ...) or actor('name', ...) answers",
  })
}

export function isDefinition(value: unknown): value is Definition {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    (value.kind === 'topology' || value.kind === 'actor') &&
    'plan' in value
  )
}

/**
 * What a module exports.
 * @throws MillraceError MODULE_BROKEN
 */
export async function loadModule(path: string): Promise<Record<string, unknown>> {
  if (['.ts', '.mts'].includes(extname(path))) await registerTypeScript()
  try {
    // What a module exports is only known by looking.
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>
  } catch (thrown) {
    if (isMillraceError(thrown)) throw thrown
    const error = asError(thrown)
    throw new MillraceError({
      code: 'MODULE_BROKEN',
      what: `${path} cannot be loaded: ${error.message}`,
      cause: error,
    })
  }
}

/** Registers tsx once per thread, unless the process was started under it. */
const registerTypeScript = once(async () => {
  if (process.execArgv.some((argument) => argument.includes('tsx'))) return
  const { register } = await import('tsx/esm/api')
  register()
  hook(`data:text/javascript,${encodeURIComponent(AS_MODULES)}`)
})

/**
 * TypeScript that no package.json calls a module is one all the same. As CommonJS it would get past tsx,
 * which is asked here for modules alone, and could not have the classes of this process.
 */
const AS_MODULES = `export const resolve = async (specifier, context, next) => {
  const found = await next(specifier, context)
  const isScript = found.format === 'commonjs' && /\\.ts$/.test(new URL(found.url).pathname)
  return isScript ? { ...found, format: 'module' } : found
}`

function once(run: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null
  return () => {
    done ??= run()
    return done
  }
}

/** A module named by a URL or by a path, relative to the working directory, as an absolute path. */
export const modulePath = (module: string | URL): string =>
  module instanceof URL || module.startsWith('file:') ? fileURLToPath(module) : resolve(module)
