// The buffer: entries in the order of time, to be taken out from the front. What suppression, outer
// joins and joins with a grace period hold back. All of it is in memory, in a sorted tree, while its
// task runs; as every store it is told to the changelog and sealed, and read back when first used.
//
// A row's segment is its time (cache/row-codec.ts with segments of 1 ms), so rows lie in the order in
// which they are taken: time, key, and the number of the put where each put is an entry.
//
// Invariants: (1) tree, entries by key, size and bytes speak of the same entries; (2) a slot leaves all
// of them when its value goes; (3) the number of the last put (cell `tie`) is committed with the rows.

import sorted from 'sorted-btree'
import { assert } from '#protocols/core/assert'
import { ByteWriter } from '#protocols/core/byte-writer'
import { ABSENT, Changes, changelogOf, emptySlot, latin1, type Slot } from '../cache/changes.ts'
import { keyValueCodec } from '../cache/codec.ts'
import { type Row, RowCodec } from '../cache/row-codec.ts'
import type {
  BufferEntry,
  BufferSpec,
  BufferStore,
  Cell,
  ChangelogSink,
  StoreLifecycle,
  StorePorts,
} from '../store.ts'

const TIME_BYTES = 8

interface Held<K, V> {
  readonly slot: Slot<Row<K>, V>
  /** Place in the tree: the row's bytes, one character each. */
  readonly name: string
  size: number
}

export class BufferStoreImpl<K, V> implements BufferStore<K, V>, StoreLifecycle {
  readonly spec: BufferSpec
  readonly #typed: BufferSpec<K, V>
  readonly #codec: RowCodec<K>
  readonly #changes: Changes<Row<K>, V>
  readonly #tie: Cell
  readonly #keepsAll: boolean
  readonly #scratch = new ByteWriter(256)
  readonly #byKey = new Map<unknown, Held<K, V>[]>()
  readonly #order = new sorted.default<string, Held<K, V>>()
  #isLoaded = false
  #bytes = 0
  /** The first entry; undefined when it is not known. */
  #first: Held<K, V> | undefined

  constructor(spec: BufferSpec<K, V>, ports: StorePorts) {
    // A spec's serdes are only ever used with the keys and values of its own store.
    this.spec = spec as BufferSpec
    this.#typed = spec
    this.#keepsAll = spec.keeps === 'all'
    const codec = new RowCodec({ key: spec.key, segmentMs: 1, hasTie: this.#keepsAll })
    const values = keyValueCodec(spec.key, spec.value, false)
    this.#codec = codec
    this.#changes = new Changes<Row<K>, V>(ports.table, {
      ...values,
      decodeKey: (bytes) => codec.decodeKey(bytes),
    })
    this.#tie = ports.cell('tie')
  }

  get pending(): number {
    return this.#changes.pending
  }

  get pendingBytes(): number {
    return this.#changes.pendingBytes
  }

  get size(): number {
    this.#load()
    return this.#order.size
  }

  get bytes(): number {
    this.#load()
    return this.#bytes
  }

  get minTime(): number | undefined {
    return this.#front()?.slot.key.time
  }

  put(time: number, key: K, value: V): void {
    assert(time >= 0, () => `a buffer's time is not negative, as ${time} is`)
    this.#load()
    const size = this.#sizeOf(key, value)
    const [held] = this.#keepsAll ? [] : (this.#byKey.get(this.#codec.identity(key)) ?? [])
    if (held !== undefined) {
      this.#bytes += size - held.size
      held.size = size
      this.#changes.write(held.slot, value, held.slot.key.time)
      return
    }
    const tie = this.#keepsAll ? ++this.#tie.value : 0
    const bytes = this.#codec.rowBytes(this.#codec.keyBytes(key), time, tie)
    const row: Row<K> = { key, time, tie }
    // All that is there is held.
    const slot = emptySlot<Row<K>, V>(row, bytes, ABSENT)
    this.#hold(slot, size)
    this.#changes.write(slot, value, time)
  }

  get(key: K): BufferEntry<K, V> | undefined {
    this.#load()
    const [held] = this.#byKey.get(this.#codec.identity(key)) ?? []
    return held === undefined ? undefined : entryOf(held.slot)
  }

  has(key: K): boolean {
    this.#load()
    return this.#byKey.has(this.#codec.identity(key))
  }

  remove(key: K, time?: number): number {
    this.#load()
    const all = this.#byKey.get(this.#codec.identity(key)) ?? []
    const gone = all.filter(({ slot }) => time === undefined || slot.key.time === time)
    for (const held of gone) this.#drop(held)
    return gone.length
  }

  pop(): BufferEntry<K, V> | undefined {
    const held = this.#front()
    if (held === undefined) return undefined
    const entry = entryOf(held.slot)
    this.#drop(held)
    return entry
  }

  popUntil(until: number, visit: (entry: BufferEntry<K, V>) => void): number {
    let count = 0
    for (;;) {
      const held = this.#front()
      if (held === undefined || held.slot.key.time > until) return count
      const entry = entryOf(held.slot)
      this.#drop(held)
      count++
      visit(entry)
    }
  }

  *entries(until = Number.MAX_SAFE_INTEGER): Generator<BufferEntry<K, V>> {
    this.#load()
    for (const { slot } of this.#order.values()) {
      if (slot.key.time > until) return
      yield entryOf(slot)
    }
  }

  stage(sink: ChangelogSink): void {
    this.#changes.stage(this.spec.name, changelogOf(this.spec, sink))
  }

  seal(max?: number): boolean {
    return this.#changes.seal(max)
  }

  restore(key: Uint8Array, value: Uint8Array | null): void {
    assert(!this.#isLoaded, 'a store is restored before it is used')
    this.#changes.restore(key, value)
  }

  #load(): void {
    if (this.#isLoaded) return
    this.#isLoaded = true
    for (const slot of this.#changes.sealed(undefined, undefined)) {
      assert(slot.value !== undefined, 'a row of a table has a value')
      this.#hold(slot, this.#sizeOf(slot.key.key, slot.value))
    }
  }

  #front(): Held<K, V> | undefined {
    this.#load()
    if (this.#first === undefined) {
      const name = this.#order.minKey()
      if (name !== undefined) this.#first = this.#order.get(name)
    }
    return this.#first
  }

  #hold(slot: Slot<Row<K>, V>, size: number): void {
    const held = { slot, name: latin1(slot.bytes), size }
    const identity = this.#codec.identity(slot.key.key)
    const all = this.#byKey.get(identity)
    if (all === undefined) this.#byKey.set(identity, [held])
    else insert(all, held)
    this.#order.set(held.name, held)
    this.#bytes += size
    if (this.#first !== undefined && held.name < this.#first.name) this.#first = held
  }

  #drop(held: Held<K, V>): void {
    const { slot, name, size } = held
    const identity = this.#codec.identity(slot.key.key)
    const all = this.#byKey.get(identity) ?? []
    if (all.length === 1) this.#byKey.delete(identity)
    else all.splice(all.indexOf(held), 1)
    this.#order.delete(name)
    this.#bytes -= size
    if (this.#first === held) this.#first = undefined
    this.#changes.write(slot, undefined, slot.time)
  }

  #sizeOf(key: K, value: V): number {
    const out = this.#scratch
    out.clear()
    this.#typed.key.write(key, out)
    this.#typed.value.write(value, out)
    return out.length + TIME_BYTES
  }
}

function entryOf<K, V>({ key: row, value }: Slot<Row<K>, V>): BufferEntry<K, V> {
  assert(value !== undefined, 'what is held has a value')
  return { time: row.time, key: row.key, value }
}

/** Entries of one key stay in order; a late one is rare. */
function insert<K, V>(all: Held<K, V>[], held: Held<K, V>): void {
  let at = all.length
  while (at > 0 && (all[at - 1]?.name ?? '') > held.name) at--
  all.splice(at, 0, held)
}
