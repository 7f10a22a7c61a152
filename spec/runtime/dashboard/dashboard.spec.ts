// The dashboard at work, with a feed and a terminal that are told what to do.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Dashboard } from '#runtime/dashboard/dashboard'
import type { Extra, Seen } from '#runtime/dashboard/looks'
import type { TerminalEvents } from '#runtime/dashboard/terminal'
import type { Line } from '#runtime/dashboard/text'
import { within } from '../../kit/within.ts'
import { aLook, seenOf, textOf } from './a-look.ts'

const NEVER_MS = 20_000

class World {
  readonly asked: (readonly Extra[])[] = []
  readonly told: unknown[] = []
  screen: readonly string[] = []
  isOpen = false
  refusal: Error | null = null
  look = async (needs: readonly Extra[]): Promise<void> => {
    this.asked.push(needs)
    this.#changed()
  }
  seen: Seen = { ...seenOf(aLook({ at: Date.now() })), now: Date.now() }
  readonly size = { width: 80, height: 24 }
  readonly dashboard: Dashboard = new Dashboard(this, this)
  #events: TerminalEvents | null = null
  #changed: () => void = () => {}

  async give(_path: string, body: unknown): Promise<void> {
    this.told.push(body)
    if (this.refusal !== null) throw this.refusal
  }

  open(events: TerminalEvents): void {
    this.#events = events
    this.isOpen = true
  }

  show(lines: readonly Line[]): void {
    this.screen = textOf(lines)
    this.#changed()
  }

  close(): void {
    this.isOpen = false
  }

  type(...names: readonly string[]): void {
    for (const name of names) this.#events?.key({ name })
  }

  hangUp(): void {
    this.#events?.gone()
  }

  until(what: string, holds: () => boolean): Promise<void> {
    const met = new Promise<void>((resolve) => {
      this.#changed = () => {
        if (holds()) resolve()
      }
      this.#changed()
    })
    return within(NEVER_MS, what, met)
  }
}

const ended = (running: Promise<void>): Promise<void> => within(NEVER_MS, 'it ends', running)

test('it looks, shows and leaves, and the terminal is closed', async () => {
  const world = new World()
  const running = world.dashboard.run()
  await world.until('a look', () => world.asked.length >= 2)
  assert.match(world.screen[0] ?? '', 'words  well')
  assert.is(world.isOpen, true)
  world.type('q')
  await ended(running)
  assert.is(world.isOpen, false)
})

test('the open tab says what is asked for', async () => {
  const world = new World()
  const running = world.dashboard.run()
  await world.until('the first look', () => world.asked.length > 0)
  world.type('3')
  await world.until('a look at the tree', () => world.asked.at(-1)?.includes('tree') === true)
  world.type('6')
  await world.until('a look at errors', () => world.asked.at(-1)?.includes('quarantine') === true)
  world.type('q')
  await ended(running)
})

test('somebody can leave while a host hangs', async () => {
  const world = new World()
  world.look = () => new Promise(() => {})
  const running = world.dashboard.run()
  world.type('2', 'q')
  await ended(running)
  assert.is(world.isOpen, false)
})

test('a terminal that is gone ends it', async () => {
  const world = new World()
  const running = world.dashboard.run()
  world.hangUp()
  await ended(running)
})

test('a look that throws closes the terminal first', async () => {
  const world = new World()
  world.look = () => Promise.reject(new Error('a bug'))
  let message = ''
  await world.dashboard.run().catch((thrown: Error) => {
    message = thrown.message
  })
  assert.equal([message, world.isOpen], ['a bug', false])
})

test('an order is given once it was confirmed, and what became of it is said', async () => {
  const world = new World()
  const running = world.dashboard.run()
  world.type('2', 'x')
  assert.match(world.screen.at(-1) ?? '', 'skip words/counts/0? y/n')
  assert.equal(world.told, [])
  world.type('y')
  await world.until('it is told', () => world.screen.at(-1)?.includes('told: skip') === true)
  assert.equal(world.told, [{ task: 'words/counts/0', order: 'skip' }])
  world.refusal = new Error('it runs nowhere')
  world.type('r', 'y')
  await world.until(
    'it is refused',
    () => world.screen.at(-1)?.includes('refused: it runs') === true,
  )
  world.type('q')
  await ended(running)
})

test.run()
