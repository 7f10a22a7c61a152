// What every engine must do, as laws: the promises of stores/engine/engine.ts. An implementation's
// spec calls `engineContract` with a way to make a fresh, empty engine, and where it can, another
// handle over the same data.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareBytes, utf8 } from '#protocols/core/bytes'
import type { Engine, Range, Table } from '#stores/engine/engine'

export interface EngineContract {
  /** A fresh, empty engine. */
  readonly make: () => Engine | Promise<Engine>
  /** One more handle over the data of an engine that `make` made. */
  readonly another?: (engine: Engine) => Engine | Promise<Engine>
  /** Runs of each property test; default 100. */
  readonly runs?: number
}

type Law = (engine: Engine) => void | Promise<void>

/** Declares and runs the laws as one suite. */
export function engineContract(name: string, contract: EngineContract): void {
  const test = suite(name)
  const law = (title: string, body: Law): void => {
    test(title, async () => {
      const engine = await contract.make()
      try {
        await body(engine)
      } finally {
        await engine.close()
      }
    })
  }
  bytesLaws(law)
  keyLaws(law)
  bodyLaws(law)
  commitLaws(law)
  modelLaws(law, contract.runs ?? 100)
  if (contract.another !== undefined) handleLaws(law, contract.another)
  test.run()
}

type Declare = (title: string, body: Law) => void

function bytesLaws(law: Declare): void {
  law("what was put is there, as the caller's own copy", (engine) => {
    const table = engine.table('a')
    const key = utf8('key')
    const value = utf8('value')
    table.put(key, value)
    key.fill(0)
    value.fill(0)
    const found = table.get(utf8('key'))
    assert.equal(text(found), 'value')
    found?.fill(0)
    assert.equal(text(table.get(utf8('key'))), 'value')
    const [entry] = [...table.range()]
    entry?.value.fill(0)
    entry?.key.fill(0)
    assert.equal(texts(table), ['key=value'])
  })

  law('an absent key is undefined, an empty value is not', (engine) => {
    const table = engine.table('a')
    assert.is(table.get(utf8('none')), undefined)
    table.put(utf8('empty'), new Uint8Array(0))
    assert.is(table.get(utf8('empty'))?.length, 0)
    assert.is(table.count(), 1)
  })

  law('delete says whether something was there', (engine) => {
    const table = engine.table('a')
    table.put(utf8('a'), utf8('1'))
    assert.is(table.delete(utf8('a')), true)
    assert.is(table.delete(utf8('a')), false)
    assert.is(table.get(utf8('a')), undefined)
  })

  law('a put replaces', (engine) => {
    const table = engine.table('a')
    table.put(utf8('a'), utf8('a longer value than the second'))
    table.put(utf8('a'), utf8('2'))
    assert.equal(texts(table), ['a=2'])
  })

  law('tables do not see one another; the same name is the same table', (engine) => {
    engine.table('a').put(utf8('k'), utf8('a'))
    engine.table('b').put(utf8('k'), utf8('b'))
    assert.equal(texts(engine.table('a')), ['k=a'])
    engine.table('b').clear()
    assert.equal(texts(engine.table('a')), ['k=a'])
    assert.is(engine.table('b').count(), 0)
  })

  law('a value of a megabyte comes back', (engine) => {
    const table = engine.table('a')
    const value = new Uint8Array(1 << 20).map((_, i) => i * 31)
    engine.transact(() => table.put(utf8('big'), value))
    assert.is(compareBytes(table.get(utf8('big')) ?? new Uint8Array(0), value), 0)
  })

  law('usage grows with what is kept and knows its limit', (engine) => {
    const before = engine.usage()
    const table = engine.table('a')
    engine.transact(() => table.put(utf8('k'), new Uint8Array(1 << 20)))
    const after = engine.usage()
    assert.ok(after.usedBytes >= before.usedBytes + (1 << 20))
    assert.ok(after.bytesMax > after.usedBytes)
  })

  law('each table knows what its own entries take', (engine) => {
    const [a, b] = [engine.table('a'), engine.table('b')]
    assert.equal([a.bytes(), b.bytes()], [0, 0])
    engine.transact(() => a.put(utf8('k'), new Uint8Array(1 << 20)))
    engine.transact(() => b.put(utf8('k'), new Uint8Array(1 << 19)))
    assert.ok(a.bytes() >= 1 << 20 && b.bytes() >= 1 << 19 && b.bytes() < 1 << 20)
    a.clear()
    assert.is(a.bytes(), 0)
    assert.ok(b.bytes() >= 1 << 19)
  })
}

function keyLaws(law: Declare): void {
  law('keys are ordered by unsigned bytes, a prefix before what it begins', (engine) => {
    const table = engine.table('a')
    const keys = [[0], [0, 0], [0, 255], [1], [127], [128], [128, 0], [255], [255, 255]]
    for (const key of [...keys].reverse()) table.put(Uint8Array.from(key), utf8('v'))
    assert.equal(
      [...table.range()].map(({ key }) => [...key]),
      keys,
    )
  })

  law('keys of 1 to 1,900 bytes are kept; shorter and longer ones are refused', (engine) => {
    const table = engine.table('a')
    const longest = new Uint8Array(1900).fill(255)
    table.put(longest, utf8('long'))
    table.put(Uint8Array.of(0), utf8('short'))
    assert.equal(text(table.get(longest)), 'long')
    assert.is([...table.range()].at(-1)?.key.length, 1900)
    assert.throws(() => table.put(new Uint8Array(1901), utf8('v')))
    assert.throws(() => table.put(new Uint8Array(0), utf8('v')))
    assert.is(table.count(), 2)
  })

  law('a walk may be left early', (engine) => {
    const table = engine.table('a')
    for (let i = 0; i < 100; i++) table.put(Uint8Array.of(i), utf8(String(i)))
    for (const { key } of table.range()) if (key[0] === 3) break
    table.put(Uint8Array.of(200), utf8('200'))
    assert.is(table.count(), 101)
  })
}

function bodyLaws(law: Declare): void {
  law('a body answers what it returns and sees its own writes', (engine) => {
    const table = engine.table('a')
    const seen = engine.transact(() => {
      table.put(utf8('a'), utf8('1'))
      table.put(utf8('b'), utf8('2'))
      table.delete(utf8('a'))
      return texts(table)
    })
    assert.equal(seen, ['b=2'])
    assert.equal(texts(table), ['b=2'])
  })

  law("a body that throws wrote nothing, in any table, and its error is the caller's", (engine) => {
    const a = engine.table('a')
    const b = engine.table('b')
    a.put(utf8('kept'), utf8('1'))
    b.put(utf8('kept'), utf8('1'))
    const error = new Error('no')
    try {
      engine.transact(() => {
        a.put(utf8('kept'), utf8('2'))
        a.put(utf8('new'), utf8('2'))
        b.clear()
        b.put(utf8('other'), utf8('2'))
        a.delete(utf8('kept'))
        throw error
      })
      assert.unreachable('the body throws')
    } catch (thrown) {
      assert.is(thrown, error)
    }
    assert.equal(texts(a), ['kept=1'])
    assert.equal(texts(b), ['kept=1'])
  })

  law('the engine goes on after a body that threw', (engine) => {
    const table = engine.table('a')
    assert.throws(() =>
      engine.transact(() => {
        throw new Error('no')
      }),
    )
    engine.transact(() => table.put(utf8('a'), utf8('1')))
    assert.equal(texts(table), ['a=1'])
  })
}

function commitLaws(law: Declare): void {
  law('commits run in the order they were asked for and answer their bodies', async (engine) => {
    const table = engine.table('a')
    const order: number[] = []
    const commits = [1, 2, 3, 4].map((n) =>
      engine.commit(() => {
        order.push(n)
        table.put(utf8('n'), utf8(String(n)))
        return n * 10
      }),
    )
    assert.equal(await Promise.all(commits), [10, 20, 30, 40])
    assert.equal(order, [1, 2, 3, 4])
    assert.equal(text(table.get(utf8('n'))), '4')
  })

  law(
    'a commit tells once that it can be seen, before it settles, and never when it failed',
    async (engine) => {
      const table = engine.table('a')
      const told: unknown[] = []
      const onVisible = (result: unknown): void => {
        engine.refresh()
        told.push(result, text(table.get(utf8('k'))))
      }
      const put = (): number => {
        table.put(utf8('k'), utf8('v'))
        return 7
      }
      await engine.commit(put, { onVisible }).then(() => told.push('settled'))
      assert.equal(told, [7, 'v', 'settled'])
      const failing = (): number => {
        throw new Error('no')
      }
      await engine.commit(failing, { onVisible }).catch(() => told.push('rejected'))
      assert.equal(told.slice(3), ['rejected'])
    },
  )

  law('a commit whose body throws rejects, wrote nothing and spoils no other', async (engine) => {
    const table = engine.table('a')
    const error = new Error('no')
    const outcomes = await Promise.allSettled([
      engine.commit(() => table.put(utf8('a'), utf8('1'))),
      engine.commit(() => {
        table.put(utf8('b'), utf8('1'))
        table.delete(utf8('a'))
        throw error
      }),
      engine.commit(() => table.put(utf8('c'), utf8('1'))),
    ])
    assert.equal(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.is((outcomes[1] as PromiseRejectedResult).reason, error) // said so above
    assert.equal(texts(table), ['a=1', 'c=1'])
  })

  law('transactions between commits do not tear them', async (engine) => {
    const table = engine.table('a')
    const add = (): void => {
      const count = Number(text(table.get(utf8('n'))) ?? 0)
      table.put(utf8('n'), utf8(String(count + 1)))
    }
    const commits: Promise<void>[] = []
    for (let i = 0; i < 20; i++) {
      commits.push(engine.commit(add))
      if (i % 3 === 0) engine.transact(add)
    }
    await Promise.all(commits)
    assert.equal(text(table.get(utf8('n'))), '27')
  })
}

const keys = fc.uint8Array({ minLength: 1, maxLength: 3 }).map((it) => it.map((byte) => byte % 5))
const ranges: fc.Arbitrary<Range> = fc.record({
  from: fc.option(keys, { nil: undefined }),
  to: fc.option(keys, { nil: undefined }),
  reverse: fc.option(fc.boolean(), { nil: undefined }),
  limit: fc.option(fc.nat(6), { nil: undefined }),
})
const writes = fc.oneof(
  { weight: 8, arbitrary: fc.record({ put: keys, value: fc.uint8Array({ maxLength: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ delete: keys }) },
  { weight: 1, arbitrary: fc.record({ clear: fc.constant(true) }) },
)
const bodies = fc.record({ writes: fc.array(writes, { maxLength: 12 }), fails: fc.boolean() })

function modelLaws(law: Declare, numRuns: number): void {
  law('bodies, ranges and counts are those of a sorted map', (engine) => {
    const table = engine.table('a')
    const property = fc.property(
      fc.array(bodies, { maxLength: 8 }),
      fc.array(ranges, { minLength: 1, maxLength: 6 }),
      (all, asked) => {
        table.clear()
        let model = new Model()
        for (const body of all) model = run(engine, table, model, body)
        assert.is(table.count(), model.entries.size)
        for (const range of asked) {
          assert.equal([...table.range(range)].map(shown), model.range(range))
        }
      },
    )
    fc.assert(property, { numRuns })
  })

  law('a thousand keys are walked in order from any bound', (engine) => {
    const table = engine.table('a')
    const model = new Model()
    engine.transact(() => {
      for (let i = 0; i < 1000; i++) {
        const write = { put: Uint8Array.of(i % 7, (i * 37) % 256, i % 11), value: utf8(String(i)) }
        apply(table, write)
        model.apply(write)
      }
    })
    for (let i = 0; i < 8; i++) {
      const range = { from: Uint8Array.of(i), to: Uint8Array.of(i + 1, 9), reverse: i % 2 === 0 }
      assert.equal([...table.range(range)].map(shown), model.range(range))
    }
    assert.equal([...table.range({ reverse: true })].map(shown), model.range({ reverse: true }))
  })
}

function handleLaws(law: Declare, another: NonNullable<EngineContract['another']>): void {
  law('what one handle wrote the other reads, after a refresh', async (engine) => {
    const other = await another(engine)
    const mine = engine.table('a')
    const theirs = other.table('a')
    engine.transact(() => mine.put(utf8('a'), utf8('1')))
    await engine.commit(() => mine.put(utf8('b'), utf8('2')))
    other.refresh()
    assert.equal(texts(theirs), ['a=1', 'b=2'])
    other.transact(() => theirs.delete(utf8('a')))
    engine.refresh()
    assert.equal(texts(mine), ['b=2'])
    await other.close()
    assert.equal(texts(mine), ['b=2'])
  })

  law('bodies of two handles never lose a write of one another', async (engine) => {
    const handles = [engine, await another(engine)]
    const count = (table: Table): number => Number(text(table.get(utf8('n'))) ?? 0)
    const commits = Array.from({ length: 20 }, (_, i) => {
      const handle = handles[i % 2] as Engine // there are two
      const table = handle.table('a')
      return handle.commit(() => table.put(utf8('n'), utf8(String(count(table) + 1))))
    })
    await Promise.all(commits)
    engine.refresh()
    assert.is(count(engine.table('a')), 20)
    await handles[1]?.close()
  })
}

interface Write {
  readonly put?: Uint8Array
  readonly value?: Uint8Array
  readonly delete?: Uint8Array
  readonly clear?: boolean
}

/** Runs a body on both, and leaves both as they were when it fails. */
function run(
  engine: Engine,
  table: Table,
  model: Model,
  body: { readonly writes: readonly Write[]; readonly fails: boolean },
): Model {
  const after = model.copy()
  try {
    engine.transact(() => {
      for (const write of body.writes) {
        apply(table, write)
        after.apply(write)
        assert.is(table.count(), after.entries.size)
      }
      if (body.fails) throw new BodyFails()
    })
    return after
  } catch (thrown) {
    if (thrown instanceof BodyFails) return model
    throw thrown
  }
}

class BodyFails extends Error {}

function apply(table: Table, write: Write): void {
  if (write.put !== undefined) table.put(write.put, write.value ?? new Uint8Array(0))
  if (write.delete !== undefined) table.delete(write.delete)
  if (write.clear === true) table.clear()
}

/** An engine table as simply as it can be written: a map, sorted whenever somebody looks. */
class Model {
  readonly entries: Map<string, Uint8Array>

  constructor(entries: ReadonlyMap<string, Uint8Array> = new Map()) {
    this.entries = new Map(entries)
  }

  copy(): Model {
    return new Model(this.entries)
  }

  apply(write: Write): void {
    if (write.put !== undefined) this.entries.set(hex(write.put), write.value ?? new Uint8Array(0))
    if (write.delete !== undefined) this.entries.delete(hex(write.delete))
    if (write.clear === true) this.entries.clear()
  }

  range({ from, to, reverse, limit }: Range): string[] {
    const found = [...this.entries]
      .map(([key, value]) => ({ key: Buffer.from(key, 'hex'), value }))
      .filter(({ key }) => from === undefined || compareBytes(key, from) >= 0)
      .filter(({ key }) => to === undefined || compareBytes(key, to) < 0)
      .sort((a, b) => compareBytes(a.key, b.key))
    if (reverse === true) found.reverse()
    return found.slice(0, limit ?? found.length).map(shown)
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const shown = ({ key, value }: { key: Uint8Array; value: Uint8Array }): string =>
  `${hex(key)}=${hex(value)}`

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8')

const texts = (table: Table): string[] =>
  [...table.range()].map(({ key, value }) => `${text(key)}=${text(value)}`)
