// Windows that close soon, against a plain list of all there are.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ClosingWindows } from '#actors/operators/closing-windows'
import type { Windowed } from '#protocols/records/windowed'
import { serde } from '#protocols/serdes/serdes'

const key = serde.sessionWindowed(serde.string())

class World {
  readonly all = new Map<string, Windowed<string>>()
  readonly closed = { value: -1 }
  walks = 0
  closing: ClosingWindows<string>
  readonly #aheadMs: number

  constructor(aheadMs: number) {
    this.#aheadMs = aheadMs
    this.closing = this.#open()
  }

  restart(): void {
    this.closing = this.#open()
  }

  put(window: Windowed<string>): void {
    this.all.set(JSON.stringify(window), window)
    this.closing.note(window)
  }

  close(time: number): Windowed<string>[] {
    const found: Windowed<string>[] = []
    this.closing.close(time, (window) => {
      if (this.all.delete(JSON.stringify(window))) found.push(window)
    })
    return found
  }

  #open(): ClosingWindows<string> {
    const world = this
    return new ClosingWindows<string>({
      ...{ key, closed: this.closed, aheadMs: this.#aheadMs },
      *walk(from, to) {
        world.walks++
        yield* [...world.all.values()].filter(({ end }) => end >= from && end < to)
      },
    })
  }
}

test('a window is visited once its end is before the close time, not at it', () => {
  const world = new World(10)
  const window = { key: 'a', start: 0, end: 5 }
  world.put(window)
  assert.equal(world.close(5), [])
  assert.equal(world.close(6), [window])
  assert.equal(world.close(7), [])
})

test('one walk serves until its horizon', () => {
  const world = new World(10)
  for (let time = 1; time <= 100; time++) world.close(time)
  assert.ok(world.walks <= 10, `${world.walks} walks`)
})

const steps = fc.array(
  fc.oneof(
    fc.record({ key: fc.constantFrom('a', 'b'), start: fc.nat(9), ahead: fc.nat(30) }),
    fc.record({ by: fc.oneof(fc.nat(5), fc.nat(200)) }),
    fc.constant({ restart: true as const }),
  ),
)

test('every window is visited when its time comes, by end, start and key, across restarts and jumps', () => {
  fc.assert(
    fc.property(steps, fc.nat(20), (all, aheadMs) => {
      const world = new World(aheadMs)
      let time = 0
      for (const step of all) {
        if ('restart' in step) world.restart()
        else if ('by' in step) {
          time += step.by
          const due = [...world.all.values()].filter(({ end }) => end < time)
          const order = due.sort(
            (a, b) => a.end - b.end || a.start - b.start || (a.key < b.key ? -1 : 1),
          )
          assert.equal(world.close(time), order)
        } else {
          const end = Math.max(time, world.closed.value) + step.ahead
          world.put({ key: step.key, start: Math.max(0, end - step.start), end })
        }
      }
    }),
  )
})

test.run()
