// Orders and payments: an order is paid when its payment comes within the hour after it. An outer join
// also tells of those that found no partner, once their time is over.

import { serde, topic, topology } from 'millrace'

interface Settled {
  readonly ordered: number | null
  readonly paid: number | null
}

const order = serde.string()

export const orders = topic('orders', { key: order, value: serde.double() })
export const payments = topic('payments', { key: order, value: serde.double() })

export const paid = topic('paid', { key: order, value: serde.json<Settled>() })
export const unpaid = topic('unpaid', { key: order, value: serde.json<Settled>() })
export const disputed = topic('disputed', { key: order, value: serde.json<Settled>() })

export const orderPayment = topology('order-payment', (t) => {
  const settled = t
    .stream(orders)
    .outerJoin(t.stream(payments), (ordered, paid): Settled => ({ ordered, paid }), {
      within: { before: 0, after: '1h', grace: '5m' },
      store: 'open',
    })
    .split(
      {
        paid: (_order, { ordered, paid }) => ordered === paid,
        unpaid: (_order, { paid }) => paid === null,
      },
      { default: 'disputed' },
    )
  settled.paid.to(paid)
  settled.unpaid.to(unpaid)
  settled.disputed.to(disputed)
})
