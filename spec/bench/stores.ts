// State stores, one at a time, against a plain Map and against the bare engine, over the same keys.

import { epoch, offset } from '#protocols/core/brands'
import { serde } from '#protocols/serdes/serdes'
import { encoded } from '#protocols/serdes/whole'
import { seededRandom } from '#runtime/testkit/seeded-random'
import { tempDir } from '../kit/temp-dir.ts'
import type { Figure } from './harness.ts'
import { inTurn, type Spent, timed } from './measure.ts'
import { keyOf, openCounts, storeEngine } from './state.ts'

interface Rival {
  readonly to: string
  readonly ms: number
}

/** So many keys, in no order. */
export function shuffled(count: number): string[] {
  const random = seededRandom(7)
  const keys = Array.from({ length: count }, (_, n) => keyOf(n))
  for (let n = keys.length - 1; n > 0; n--) {
    const other = Math.floor(random.next() * (n + 1))
    const [a = '', b = ''] = [keys[n], keys[other]]
    keys[n] = b
    keys[other] = a
  }
  return keys
}

function figure(name: string, { ms }: Spent, count: number, rival?: Rival): Figure {
  return {
    name,
    value: (count / ms) * 1000,
    unit: '/s',
    ratio: rival && { to: rival.to, value: rival.ms / ms },
  }
}

/** Everything is in the cache: what a hot key costs, against a Map. */
export async function cachedStore(keys: readonly string[], rounds: number): Promise<Figure[]> {
  const { state, store } = openCounts(tempDir(), keys.length * 2)
  const map = new Map<string, number>()
  const [mapPut, put, mapGet, get] = await inTurn(rounds, [
    () => timed(() => each(keys, (key, n) => map.set(key, n))),
    () => timed(() => each(keys, (key, n) => store.put(key, n, n))),
    () => timed(() => each(keys, (key) => map.get(key))),
    () => timed(() => each(keys, (key) => store.get(key))),
  ])
  if (!mapPut || !put || !mapGet || !get) throw new Error('four bodies, four results')
  await state.close()
  return [
    figure('put, cached', put, keys.length, { to: 'Map.set', ms: mapPut.ms }),
    figure('get, cached', get, keys.length, { to: 'Map.get', ms: mapGet.ms }),
  ]
}

/** Everything comes from LMDB and goes there, against the bare table. */
export async function uncachedStore(keys: readonly string[], rounds: number): Promise<Figure[]> {
  const directory = tempDir()
  const { state, store } = openCounts(directory, 0)
  const engine = storeEngine(tempDir())
  const table = engine.table('bare')
  const rows = keys.map((key, n) => ({
    key: encoded(serde.string(), key),
    value: encoded(serde.int64(), n),
  }))
  let seals = 0
  const [barePut, put, stage, seal, bareGet, get, bareRange, range] = await inTurn(rounds, [
    () => timed(() => engine.transact(() => each(rows, (it) => table.put(it.key, it.value)))),
    () => timed(() => each(keys, (key, n) => store.put(key, n, n))),
    () => timed(() => state.stage()?.clear()),
    () => timed(() => state.seal(refOf(++seals))),
    () => timed(() => each(rows, (it) => table.get(it.key))),
    () => timed(() => each(keys, (key) => store.get(key))),
    () => timed(() => drain(table.range())),
    () => timed(() => drain(store.all())),
  ])
  if (!barePut || !put || !stage || !seal || !bareGet || !get || !bareRange || !range) {
    throw new Error('eight bodies, eight results')
  }
  await Promise.all([state.close(), engine.close()])
  const bare = (of: string, { ms }: Spent): Rival => ({ to: `the bare table's ${of}`, ms })
  const whole = { ms: put.ms + stage.ms + seal.ms, cpuMs: 0 }
  return [
    figure('stage, into changes', stage, keys.length),
    figure('seal, into LMDB', seal, keys.length, bare('put', barePut)),
    figure('put, stage and seal', whole, keys.length, bare('put', barePut)),
    figure('get, uncached', get, keys.length, bare('get', bareGet)),
    figure('range, whole', range, keys.length, bare('range', bareRange)),
  ]
}

const refOf = (number: number) => ({
  next: offset(number),
  epoch: epoch(1),
  number,
  tag: 't',
  history: '',
})

function each<T>(items: readonly T[], visit: (item: T, n: number) => unknown): void {
  for (let n = 0; n < items.length; n++) visit(items[n] as T, n) // within bounds
}

function drain(rows: Iterable<unknown>): void {
  for (const _row of rows);
}
