// Processors of a request: its functions speak Kafka's processor context; here it is ours in other
// words.

import type { Process, ProcessingContext, ProcessValues, StoreDefinition } from 'millrace'
import { answererOf } from '../stores.ts'
import type { Any } from './built.ts'
import { called } from './functions.ts'
import type { Fn } from './request.ts'

/** What a request's function answers. */
interface Described {
  process(key: Any, value: Any, time: number): void
}

export function processor(
  fn: Fn,
  stores: StoreDefinition<unknown>[],
): Pick<Process<Any, Any, Any, Any>, 'make' | 'stores'> {
  const make = called(fn) as (context: object) => Described
  return {
    stores,
    make: (context) => {
      const described = make({
        ...kafkaContext(context, stores),
        forward: (key: Any, value: Any, time?: number, child?: string) =>
          context.forward({ key, value, time }, child),
      })
      return { process: ({ key, value, time }) => described.process(key, value, time) }
    },
  }
}

export function valueProcessor(
  fn: Fn,
  stores: StoreDefinition<unknown>[],
): Pick<ProcessValues<Any, Any, Any>, 'make' | 'stores'> {
  const make = called(fn) as (context: object) => Described
  return {
    stores,
    make: (context) => {
      const described = make({
        ...kafkaContext(context, stores),
        forward: (value: Any, time?: number, child?: string) =>
          context.forward({ value, time }, child),
      })
      return { process: ({ key, value, time }) => described.process(key, value, time) }
    },
  }
}

/** What all functions with a context are given. */
export const kafkaContext = (
  context: ProcessingContext,
  stores: readonly StoreDefinition<unknown>[],
) => ({
  store(name: string) {
    const found = stores.find((store) => store.name === name)
    if (found === undefined) throw new Error(`no store '${name}'`)
    return spoken(context.store(found))
  },
  schedule: (intervalMs: number, kind: 'streamTime' | 'wallClock', fire: (at: number) => void) =>
    context.schedule(intervalMs, kind === 'wallClock' ? 'wall-clock' : 'stream-time', fire),
  streamTime: () => context.streamTime(),
  wallClock: () => context.wallClock(),
  topic: () => context.metadata()?.topic ?? null,
  partition: () => context.metadata()?.partition ?? null,
  offset: () => context.metadata()?.offset ?? null,
  commit: () => context.commit(),
})

/** A store with the methods that requests call, of its kind. */
function spoken(store: unknown): object {
  // Stores that processors are given are the stores themselves.
  const answer = answererOf(store as Parameters<typeof answererOf>[0])
  return new Proxy(
    {},
    {
      get:
        (_target, call) =>
        (...args: unknown[]) =>
          answer(String(call), args),
    },
  )
}
