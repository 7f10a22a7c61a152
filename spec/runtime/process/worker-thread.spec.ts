// What a worker thread loads before its first record: each module here is paid for by every thread of
// every host, at its start.

import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const ROOT = new URL('../../../', import.meta.url)
/** Not those of types alone, nor those that wait until they are needed. */
const IMPORT = /^(?:import|export)(?! type) (?:[\w*{},\s]* from )?'([^']+)'/gm
/** At once; not by a function that is called when it is needed. */
const REQUIRE = /^const [{}\w, ]+ = createRequire\(import\.meta\.url\)\('([^']+)'\)/gm

/** Packages and modules that come with a module, by its imports. */
function loadedWith(module: string): { packages: Set<string>; modules: Set<string> } {
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

test('a worker thread loads what runs tasks, and no more', () => {
  const { packages } = loadedWith('runtime/process/worker-thread.ts')
  assert.equal([...packages].sort(), ['lmdb', 'protobufjs/minimal.js', 'sorted-btree', 'xstate'])
})

test('the module of a topology brings the DSL, and nothing of a host', () => {
  const { packages, modules } = loadedWith('runtime/index.ts')
  assert.equal([...packages].sort(), ['sorted-btree', 'xstate'])
  const ofHosts = [...modules].filter((url) => /runtime\/(admin|console|telemetry)\//.test(url))
  assert.equal(ofHosts, [])
})

test.run()
