// TypeScript modules of users. They are loaded through tsx, whose hooks are registered in each thread that
// meets one, and those of a worker thread know what those of the main thread found and read.

import { register } from 'node:module'
import process from 'node:process'
import {
  isMainThread,
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
} from 'node:worker_threads'
import type { HookData, Script, Scripts } from './typescript-hooks.ts'

/** From source they are those of the bundle: a thread of hooks loads no TypeScript. */
const HOOKS = import.meta.url.endsWith('.ts')
  ? new URL('../../dist/bundle/typescript-hooks.js', import.meta.url)
  : new URL('./typescript-hooks.js', import.meta.url)

let known: Scripts = { found: new Map(), read: new Map() }
let isRegistered = false
let port: MessagePort | null = null

/** Once per thread, unless the process was started under tsx. */
export function registerTypeScript(): void {
  if (isRegistered || process.execArgv.some((argument) => argument.includes('tsx'))) return
  isRegistered = true
  // No thread begins from a worker's.
  const told = isMainThread ? openPort() : null
  const data: HookData = { known, port: told }
  register(HOOKS, { data, transferList: told === null ? [] : [told] })
  process.setSourceMapsEnabled(true)
}

function openPort(): MessagePort {
  const { port1, port2 } = new MessageChannel()
  port = port1
  port.unref()
  return port2
}

/** What was found and read in this thread so far, for `inheritScripts` in another. */
export function scriptsSoFar(): Scripts {
  if (port === null) return known
  for (;;) {
    const received = receiveMessageOnPort(port)
    if (received === undefined) return known
    const script: Script = received.message
    if (script.length === 3) known.read.set(script[0], script[1])
    else known.found.set(script[0], script[1])
  }
}

/** To be called before the first module is loaded. */
export function inheritScripts(scripts: Scripts): void {
  known = scripts
}
