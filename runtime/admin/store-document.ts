// GET /v1/stores/:store as a question to a store: a key, a range, or the windows of a key, and how fresh the
// answer has to be.

import { MillraceError } from '#protocols/core/errors'
import type { Duration } from '../dsl/duration.ts'
import type {
  FetchOptions,
  Freshness,
  RangeOptions,
  ReadOptions,
  RecordPlace,
  Scan,
  StoreQuery,
} from '../process/store-query.ts'
import type { QueryDocument } from './documents.ts'
import { parsed, plain, whole } from './values.ts'

const ROWS_MAX = 10_000

type Given = Readonly<Record<string, string | undefined>>

/**
 * @param all the same as `given`, with every value of those that were given more than once
 * @throws MillraceError OPTION_INVALID, DURATION_INVALID, POSITION_FOREIGN, STORE_UNFIT, VALUE_INVALID
 */
export async function storeDocument(
  name: string,
  queryOf: (name: string) => StoreQuery<unknown, unknown>,
  given: Given,
  all: Readonly<Record<string, readonly string[]>>,
): Promise<QueryDocument> {
  const query = queryOf(name)
  const fresh = freshnessOf(given, all['atLeast'] ?? [])
  const limit = Math.min(ROWS_MAX, whole('limit', given['limit'] ?? '100'))
  const { key, windowsOf } = given
  if (key !== undefined) {
    const wanted = parsed(query.keySerde, key)
    const { value, ...rest } = await query.read(wanted, fresh)
    return documentOf(name, value === undefined ? [] : [{ key: wanted, value }], rest)
  }
  const { rows, ...rest } =
    windowsOf === undefined
      ? await range(query, given, { limit, ...fresh })
      : await windows(query, windowsOf, given, { limit, ...fresh })
  return documentOf(name, rows, rest)
}

type Rows = Scan<unknown, unknown>

function range(
  query: StoreQuery<unknown, unknown>,
  { from, to }: Given,
  options: RangeOptions<unknown>,
): Promise<Rows> {
  const { keySerde } = query
  return query.scan({
    ...options,
    ...(from === undefined ? {} : { from: parsed(keySerde, from) }),
    ...(to === undefined ? {} : { to: parsed(keySerde, to) }),
  })
}

function windows(
  query: StoreQuery<unknown, unknown>,
  key: string,
  { earliest, latest }: Given,
  options: FetchOptions,
): Promise<Rows> {
  // A store without windows refuses, whatever its key would be.
  return query.fetch(parsed(query.windowKeySerde ?? 'string', key), {
    ...options,
    ...(earliest === undefined ? {} : { earliest: whole('earliest', earliest) }),
    ...(latest === undefined ? {} : { latest: whole('latest', latest) }),
  })
}

function freshnessOf({ maxLag, maxAge, timeout }: Given, places: readonly string[]): ReadOptions {
  return {
    maxLag: maxLag === undefined ? undefined : whole('maxLag', maxLag),
    maxAge: durationOf(maxAge),
    timeout: durationOf(timeout),
    atLeast: places.map(placeOf),
  }
}

/** What is not one is refused where it is used. A bare number is of ms. */
const durationOf = (text: string | undefined): Duration | undefined =>
  text === undefined ? undefined : /^\d+$/.test(text) ? Number(text) : (text as Duration)

/** As `topic/partition/offset`. */
function placeOf(text: string): RecordPlace {
  const [topic, partition, offset, more] = text.split('/')
  if (!topic || partition === undefined || offset === undefined || more !== undefined) {
    const what = `atLeast takes topic/partition/offset, not '${text}'`
    throw new MillraceError({ code: 'OPTION_INVALID', what })
  }
  return {
    topic,
    partition: whole('the partition of atLeast', partition),
    offset: whole('the offset of atLeast', offset),
  }
}

const documentOf = (
  store: string,
  rows: readonly { readonly key: unknown; readonly value: unknown }[],
  { lag, ageMs, positions }: Freshness,
): QueryDocument => ({
  ...{ store, lag, ageMs, positions },
  rows: rows.map(({ key, value }) => ({ key: plain(key), value: plain(value) })),
})
