// What the operators of a request became: streams, tables and what stands between, read without types.

import type {
  CogroupedStream,
  GlobalTable,
  GroupedStream,
  GroupedTable,
  SessionStream,
  Stream,
  Table,
  WindowedStream,
} from 'millrace'

/** Requests are read without types: whatever a key or value is, it is one of these. */
export type Any = object
export type AnyStream = Stream<Any, Any>
export type AnyTable = Table<Any, Any, null>

/** A cogroup in windows, of either kind. */
export interface Aggregating {
  aggregate(initialize: () => Any, ...rest: unknown[]): AnyTable
}

export type Built =
  | { readonly is: 'stream'; readonly it: AnyStream }
  | { readonly is: 'table'; readonly it: AnyTable }
  | { readonly is: 'global'; readonly it: GlobalTable<Any, Any> }
  | { readonly is: 'grouped'; readonly it: GroupedStream<Any, Any> }
  | { readonly is: 'grouped-table'; readonly it: GroupedTable<Any, Any> }
  | { readonly is: 'windowed'; readonly it: WindowedStream<Any, Any> }
  | { readonly is: 'sessions'; readonly it: SessionStream<Any, Any> }
  | { readonly is: 'cogrouped'; readonly it: CogroupedStream<Any, Any, null> }
  | { readonly is: 'cogrouped-windows'; readonly it: Aggregating }

export const stream = (it: unknown): Built => ({ is: 'stream', it: it as AnyStream })

/** Tables of a request may always lose rows. */
export const table = (it: unknown): Built => ({ is: 'table', it: it as AnyTable })

type Of<Is extends Built['is']> = Extract<Built, { is: Is }>['it']

/** What has been built so far, by the ids of the request. */
export class BuiltNodes {
  readonly #built = new Map<string, Built>()

  set(id: string, built: Built): void {
    this.#built.set(id, built)
  }

  get(id: string): Built {
    const built = this.#built.get(id)
    if (built === undefined) throw new Error(`no operator '${id}'`)
    return built
  }

  of<Is extends Built['is']>(is: Is, id: string): Of<Is> {
    const built = this.get(id)
    if (built.is !== is) throw new Error(`'${id}' is a ${built.is}, not a ${is}`)
    // The discriminant says which it is.
    return built.it as unknown as Of<Is>
  }

  /** Where records are wanted, a table gives its changes. */
  stream(id: string): AnyStream {
    const built = this.get(id)
    return built.is === 'table' ? (built.it.toStream() as AnyStream) : this.of('stream', id)
  }
}
