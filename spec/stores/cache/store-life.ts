// The life of one store beside a model of it: used, committed, sealed, crashed and replayed. Whatever
// kind it is, after a crash it is what it was at its last commit.

import fc from 'fast-check'
import type { CommitRef } from '#protocols/broker/broker'
import { epoch, offset } from '#protocols/core/brands'
import { utf8 } from '#protocols/core/bytes'
import { BatchBuilder, readBatch } from '#protocols/records/batch'
import { type StoreKind, type StoreKinds, storeOf } from '#stores/changelog/open-store'
import { type LoggedCommit, TaskState } from '#stores/changelog/task-state'
import type { Engine } from '#stores/engine/engine'
import { openLmdb } from '#stores/engine/lmdb'
import { memoryEngine } from '#stores/engine/memory'
import type { StoreSpec } from '#stores/store'
import { tempDir } from '../../kit/temp-dir.ts'

const LIFE_STEPS = ['commit', 'seal', 'seal some', 'crash', 'stage and crash'] as const

/** Rows of a seal that are written at a time. */
const PART = 2

export type LifeStep = { readonly do: (typeof LIFE_STEPS)[number] }

export const lifeStep: fc.Arbitrary<LifeStep> = fc.record({ do: fc.constantFrom(...LIFE_STEPS) })

export const isLifeStep = (step: { readonly do: string }): step is LifeStep =>
  LIFE_STEPS.some((name) => name === step.do)

/** Keys that lie badly: of many lengths, with zero bytes and bytes above all others. */
export const KEYS: readonly Uint8Array[] = [
  [],
  [0],
  [0, 0],
  [0, 255],
  [1],
  [97],
  [97, 0],
  [97, 0, 255],
  [97, 97],
  [97, 97, 97],
  [255],
  [255, 255],
].map((bytes) => Uint8Array.from(bytes))

export const keyAt = (index: number): Uint8Array => KEYS[index % KEYS.length] ?? Uint8Array.of()
/** A key as its place in KEYS, which is in order of bytes. */
export const placeOf = (key: unknown): number =>
  KEYS.findIndex((it) => Buffer.compare(it, key as Uint8Array) === 0) // of a store with such keys

export interface Model<M> {
  copy(): M
}

export class StoreLife<Kind extends StoreKind, M extends Model<M>> {
  store: StoreKinds[Kind]
  model: M
  readonly #spec: StoreSpec
  readonly #kind: Kind
  readonly #disk: Engine
  readonly #log: LoggedCommit[] = []
  #cells: Readonly<Record<string, number>> = {}
  #committed: M
  #state: TaskState

  constructor(kind: Kind, spec: StoreSpec, model: M, disk: Engine = memoryEngine()) {
    this.#kind = kind
    this.#spec = spec
    this.#disk = disk
    this.model = model
    this.#committed = model.copy()
    this.#state = this.#open()
    this.store = storeOf(this.#state, spec.name, kind)
  }

  take(step: LifeStep): void {
    if (step.do === 'commit') this.commit()
    else if (step.do === 'seal') this.seal()
    else if (step.do === 'seal some') this.sealSome()
    else {
      if (step.do === 'stage and crash') this.#state.stage()
      this.crash()
    }
  }

  commit(): void {
    const builder = this.#state.stage() ?? new BatchBuilder()
    const batch = readBatch(builder.finish({ commit: utf8('commit') }))
    this.#log.push({ ref: refOf(this.#log.length + 1), batch })
    this.#cells = this.#state.cells
    this.#committed = this.model.copy()
  }

  seal(): void {
    this.commit()
    this.#state.seal(refOf(this.#log.length))
  }

  /** A part of a seal, with a commit before it. */
  sealSome(): void {
    this.commit()
    this.#state.sealSome(refOf(this.#log.length), PART)
  }

  /** Loses what was not committed, and recovers from what was sealed and the log. */
  crash(): void {
    this.#state = this.#open()
    this.store = storeOf(this.#state, this.#spec.name, this.#kind)
    this.model = this.#committed.copy()
  }

  #open(): TaskState {
    const state = new TaskState([this.#spec], { disk: this.#disk, memory: memoryEngine() })
    const from = state.checkpoint?.next ?? 0
    state.apply(this.#log.filter(({ ref }) => ref.next > from))
    state.resume(this.#cells)
    return state
  }
}

/** Engines to live on, and how many runs each is worth. */
export const MEDIA: readonly { name: string; medium: 'lmdb' | 'memory'; runs: number }[] = [
  { name: 'a persistent engine', medium: 'lmdb', runs: 120 },
  { name: 'memory', medium: 'memory', runs: 40 },
]

/** Proves a law of lives over a real file, which is emptied for each of them. */
export async function proveOnFile<S>(
  store: string,
  steps: fc.Arbitrary<S[]>,
  law: (all: S[], disk: Engine) => void,
): Promise<void> {
  const engine = openLmdb({ directory: tempDir(), kind: 'store', durability: 'rebuildable' })
  fc.assert(
    fc.property(steps, (all) => law(all, emptied(engine, store))),
    { numRuns: 15 },
  )
  await engine.close()
}

function emptied(engine: Engine, store: string): Engine {
  for (const name of ['millrace.facts', `store.${store}`]) {
    const table = engine.table(name)
    engine.transact(() => table.clear())
  }
  return engine
}

const refOf = (next: number): CommitRef => ({
  next: offset(next),
  epoch: epoch(1),
  number: next,
  tag: 'tag',
  history: '',
})
