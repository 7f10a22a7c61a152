// How modules are found and read where TypeScript may be among them: by tsx, in the thread that Node has
// for such hooks. tsx takes longer to load than most hosts, so the hooks of a worker thread are given what
// those of the main thread found and read, and load it only for what they were not given.

import type { InitializeHook, LoadHook, ResolveHook } from 'node:module'
import type { MessagePort } from 'node:worker_threads'

/** Where a module is that another one names. */
export type Found = Awaited<ReturnType<ResolveHook>>

/** What a module is made of. */
export type Read = Awaited<ReturnType<LoadHook>>

/** What hooks found and read so far. */
export interface Scripts {
  /** By who names it, and how. */
  readonly found: Map<string, Found>
  /** By URL; null: what Node reads there is right. */
  readonly read: Map<string, Read | null>
}

/** One more of them. */
export type Script = [key: string, found: Found] | [url: string, read: Read | null, 'read']

export interface HookData {
  readonly known: Scripts
  /** Told each script that was not known; null: nobody takes them on. */
  readonly port: MessagePort | null
}

interface Tsx {
  readonly initialize: InitializeHook<object>
  readonly resolve: ResolveHook
  readonly load: LoadHook
}

/** It says no types of this door. */
const TSX: string = 'tsx/esm'
/** Modules beside this one are ours, and JavaScript. */
const OURS = new URL('.', import.meta.url).href

/** URLs of modules that are none of users. */
const tools = new Set<string>()

let known: Scripts
let port: MessagePort | null
let loading: Promise<Tsx> | null = null

export const initialize: InitializeHook<HookData> = (data) => {
  known = data.known
  port = data.port
}

export const resolve: ResolveHook = async (specifier, context, next) => {
  const { parentURL = '' } = context
  const isOurs = parentURL.startsWith(OURS)
  // A module of users is named by its URL there. All else that we load is not theirs, nor is what that loads:
  // tsx too comes this way.
  if (isOurs ? !specifier.startsWith('file:') : tools.has(parentURL)) {
    const found = await next(specifier, context)
    tools.add(found.url)
    return found
  }
  const key = `${isOurs ? '' : parentURL}\n${specifier}`
  const before = known.found.get(key)
  if (before !== undefined) return { ...before, shortCircuit: true }
  const found = asModule(await (await tsx()).resolve(specifier, context, next))
  known.found.set(key, found)
  port?.postMessage([key, found] satisfies Script)
  return found
}

export const load: LoadHook = async (url, context, next) => {
  if (tools.has(url) || url.startsWith('node:')) return next(url, context)
  const before = known.read.get(url)
  if (before !== undefined)
    return before === null ? next(url, context) : { ...before, shortCircuit: true }
  let plain: Read | null = null
  const read = await (await tsx()).load(url, context, async (...asked) => {
    plain = await next(...asked)
    return plain
  })
  const script = read === plain ? null : read
  // What is CommonJS is read again, by who requires it.
  if (script === null || script.format === 'module') {
    known.read.set(url, script)
    port?.postMessage([url, script, 'read'] satisfies Script)
  }
  return read
}

async function tsx(): Promise<Tsx> {
  loading ??= import(TSX).then(async (door: Tsx) => {
    await door.initialize({})
    return door
  })
  return loading
}

/**
 * TypeScript that no package.json calls a module is one all the same. As CommonJS it would get past tsx,
 * which is asked here for modules alone, and could not have the classes of this process.
 */
const asModule = (found: Found): Found => {
  const isScript = found.format === 'commonjs' && /\.ts$/.test(new URL(found.url).pathname)
  return isScript ? { ...found, format: 'module' } : found
}
