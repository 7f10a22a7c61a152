// What comes with a module by its imports: what is paid for by whoever loads it.

import { readFileSync } from 'node:fs'

const ROOT = new URL('../../', import.meta.url)
/** Not those of types alone, nor those that wait until they are needed. */
const IMPORT = /^(?:import|export)(?! type) (?:[\w*{},\s]* from )?'([^']+)'/gm
/** At once; not by a function that is called when it is needed. */
const REQUIRE = /^const [{}\w, ]+ = createRequire\(import\.meta\.url\)\('([^']+)'\)/gm

/** Packages, and addresses of our modules. @param module from the root of the repository */
export function loadedWith(module: string): { packages: Set<string>; modules: Set<string> } {
  const packages = new Set<string>()
  const modules = new Set<string>()
  const visit = (url: URL): void => {
    if (modules.has(url.href)) return
    modules.add(url.href)
    const source = readFileSync(url, 'utf8')
    for (const [, name = ''] of source.matchAll(REQUIRE)) packages.add(name)
    for (const [, name = ''] of source.matchAll(IMPORT)) {
      if (name.startsWith('#')) visit(new URL(`${name.slice(1)}.ts`, ROOT))
      else if (name.startsWith('.')) visit(new URL(name, url))
      else if (!name.startsWith('node:')) packages.add(name)
    }
  }
  visit(new URL(module, ROOT))
  return { packages, modules }
}
