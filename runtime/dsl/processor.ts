// Processors: the way to write an operator of one's own. `process` may change keys, `processValues` may
// not; both name the stores they use, which `t.store` defines and several processors may share.

import type {
  ProcessedRecord,
  ProcessingContext,
  Processor,
  ProcessorContext,
  StoreRef,
  ValueProcessorContext,
} from '#actors/operators/process'
import { MillraceError } from '#protocols/core/errors'
import type { Serde } from '#protocols/serdes/serde'
import type {
  BufferSpec,
  BufferStore,
  KeyValueSpec,
  KeyValueStore,
  SessionSpec,
  SessionStore,
  StoreSpec,
  VersionedSpec,
  VersionedStore,
  WindowSpec,
  WindowStore,
} from '#stores/store'
import type { Graph } from '../plan/graph.ts'
import type { Named } from './stream.ts'
import { declaredOr, type Typed } from './topic.ts'

export type {
  ProcessedRecord,
  ProcessingContext,
  Processor,
  ProcessorContext,
  ValueProcessorContext,
}

/** A store for processors: as the plan describes it, with serdes or schemas for keys and values. */
export type StoreOptions<K, V, Spec> = Omit<Spec, 'key' | 'value'> & {
  readonly key: Typed<K>
  readonly value: Typed<V>
}

/**
 * A store of one's own: what `make` answers, over rows that are kept, logged, cached and restored as
 * those of a key-value store. It is made once per task, when the rows are there, so it may read them
 * all and keep an index in memory; whatever is to last goes into the rows.
 */
export interface CustomStoreOptions<K, V, S>
  extends Omit<StoreOptions<K, V, KeyValueSpec>, 'kind' | 'ttlMs'> {
  readonly kind: 'custom'
  readonly make: (rows: KeyValueStore<K, V>) => S
}

/** Defines stores for processors, by kind. */
export interface DefineStore {
  <K, V, S>(options: CustomStoreOptions<K, V, S>): StoreDefinition<S>
  <K, V>(options: StoreOptions<K, V, KeyValueSpec>): StoreDefinition<KeyValueStore<K, V>>
  <K, V>(options: StoreOptions<K, V, WindowSpec>): StoreDefinition<WindowStore<K, V>>
  <K, V>(options: StoreOptions<K, V, SessionSpec>): StoreDefinition<SessionStore<K, V>>
  <K, V>(options: StoreOptions<K, V, VersionedSpec>): StoreDefinition<VersionedStore<K, V>>
  <K, V>(options: StoreOptions<K, V, BufferSpec>): StoreDefinition<BufferStore<K, V>>
}

/** A store that processors may connect to. */
export interface StoreDefinition<S> extends StoreRef<S> {
  readonly spec: StoreSpec
}

export interface ProcessOptions<Context, K, V> extends Named {
  /** The stores it uses; whoever shares a store shares a task. */
  readonly stores?: readonly StoreDefinition<unknown>[] | undefined
  /** Called once per task, and again when a task starts again: answers a new processor. */
  readonly make: (context: Context) => Processor<K, V>
}

export type Process<K, V, K2, V2> = ProcessOptions<ProcessorContext<K2, V2>, K, V>
export type ProcessValues<K, V, V2> = ProcessOptions<ValueProcessorContext<V2>, K, V>

export const storeDefinition = <S>({
  make,
  ...options
}: {
  readonly name: string
  readonly kind: StoreSpec['kind'] | 'custom'
  readonly key: Typed<never>
  readonly value: Typed<never>
  readonly make?: StoreRef<S>['view']
}): StoreDefinition<S> => {
  const { key, value } = options
  // The kind says which of the specs it is.
  const spec = {
    ...options,
    kind: options.kind === 'custom' ? 'keyvalue' : options.kind,
    key: declaredOr(key, null) as Serde<unknown>,
    value: declaredOr(value, null) as Serde<unknown>,
  } as StoreSpec
  return { name: spec.name, kind: spec.kind, spec, view: make }
}

/**
 * Splits the stores of a processor into those it is the first to use, and so brings, and the others.
 * @throws MillraceError NAME_TAKEN when the name is that of another store
 */
export function connect(
  graph: Graph,
  definitions: readonly StoreDefinition<unknown>[],
): { readonly stores: StoreSpec[]; readonly uses: string[] } {
  const stores: StoreSpec[] = []
  const uses: string[] = []
  for (const { name, spec } of definitions) {
    const known = graph.storeNamed(name)
    if (known === undefined) stores.push(spec)
    else if (known === spec) uses.push(name)
    else throw storeTaken(name)
  }
  return { stores, uses }
}

export const storeNames = ({
  stores = [],
}: Pick<ProcessOptions<never, never, never>, 'stores'>): readonly string[] =>
  stores.map(({ name }) => name)

const storeTaken = (name: string): MillraceError =>
  new MillraceError({
    code: 'NAME_TAKEN',
    what: `there are two stores named '${name}' in one topology`,
    hint: 'Define a store once, by t.store, and list that definition wherever it is used',
  })
