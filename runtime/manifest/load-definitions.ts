// Loads the module an actor entry names and finds the definitions in it: its exports that are
// topologies and actors, whatever they are called; a default export counts once.

import { existsSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { asError, isMillraceError, MillraceError } from '#protocols/core/errors'
import type { Definition } from '../dsl/definition.ts'
import { registerTypeScript } from './typescript.ts'

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
  if (['.ts', '.mts'].includes(extname(path))) registerTypeScript()
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

/** A module named by a URL or by a path, relative to the working directory, as an absolute path. */
export const modulePath = (module: string | URL): string =>
  module instanceof URL || module.startsWith('file:') ? fileURLToPath(module) : resolve(module)
