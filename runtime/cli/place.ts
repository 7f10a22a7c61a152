// Which place a command speaks to, of those that options, the environment, the working directory and
// contexts name. The nearest wins:
//
//   1. --broker and --manifest            4. the context of MILLRACE_CONTEXT
//   2. the context of --context           5. ./millrace.yaml
//   3. MILLRACE_BROKER                     6. the context that is in use
//
// --app and --host win over those of a context. A context in use comes last, so that one that was
// forgotten never turns commands away from the manifest they are run beside. Pure, but for its ports.

import { type Context, type Contexts, contextNamed } from './context-file.ts'

export interface PlaceOptions extends Context {
  readonly context?: string
}

export interface PlacePorts {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether a manifest lies in the working directory. */
  hasManifest(): boolean
  contexts(): Contexts
}

export interface Place extends Context {
  /** What named it, for people. */
  readonly source: string
}

/** @throws MillraceError CONTEXT_UNKNOWN, CONTEXTS_UNREADABLE */
export function placeOf(options: PlaceOptions, ports: PlacePorts): Place {
  const { broker, manifest, app, host, context } = options
  const own = {
    ...(app === undefined ? {} : { app }),
    ...(host === undefined ? {} : { host }),
  }
  const named = context === undefined ? null : contextNamed(context, ports.contexts())
  if (broker !== undefined || manifest !== undefined) {
    const { broker: _broker, manifest: _manifest, ...rest } = named ?? {}
    const place = {
      ...(broker === undefined ? {} : { broker }),
      ...(manifest === undefined ? {} : { manifest }),
    }
    return { ...rest, ...place, ...own, source: broker === undefined ? '--manifest' : '--broker' }
  }
  if (named !== null) return { ...named, ...own, source: `--context ${context}` }
  const { MILLRACE_BROKER: fromEnv, MILLRACE_CONTEXT: contextOfEnv } = ports.env
  if (fromEnv !== undefined) return { broker: fromEnv, ...own, source: 'MILLRACE_BROKER' }
  if (contextOfEnv !== undefined && contextOfEnv !== '') {
    const found = contextNamed(contextOfEnv, ports.contexts())
    return { ...found, ...own, source: `MILLRACE_CONTEXT=${contextOfEnv}` }
  }
  if (ports.hasManifest()) return { ...own, source: 'the manifest here' }
  const contexts = ports.contexts()
  if (contexts.current === null) return { ...own, source: 'nothing' }
  const current = contextNamed(contexts.current, contexts)
  return { ...current, ...own, source: `context ${contexts.current}, which is in use` }
}
