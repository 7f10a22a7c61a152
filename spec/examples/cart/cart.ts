// A shopping cart as a keyed actor: one per customer, its items kept between messages; it forgets
// itself when nothing was added for an hour.

import { actor, serde } from 'millrace'

export type CartMessage =
  | { readonly add: string; readonly price: number }
  | { readonly remove: string }
  | { readonly total: true }
  | { readonly expire: true }

const HOUR = 3_600_000

export const cart = actor('cart', {
  message: serde.json<CartMessage>(),
  state: serde.json<{ items: Record<string, number> }>(),
  reply: serde.double(),
  initial: () => ({ items: {} }),
  receive(message, self) {
    const { items } = self.state
    if ('expire' in message) return self.stop()
    if ('add' in message) {
      if (!(message.price > 0)) throw new Error(`${message.add} has no price`)
      items[message.add] = message.price
      self.timer('idle', HOUR, { expire: true })
    }
    if ('remove' in message) delete items[message.remove]
    self.reply(Object.values(items).reduce((sum, price) => sum + price, 0))
  },
})
