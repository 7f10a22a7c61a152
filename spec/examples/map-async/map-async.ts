// Orders are looked up in a slow service that says who the customer is. Up to eight calls are under way
// at once, the orders of one customer one after another; a call that is not answered in two seconds is
// made again, and an order that nobody knows about after that waits in a topic of its own.

import { serde, topic, topology } from 'millrace'

export interface Order {
  readonly item: string
}

export interface Customer {
  readonly name: string
  readonly city: string
}

export type Delivery = Order & Customer

/** Somebody else's system. */
export type LookUp = (customer: string, signal: AbortSignal) => Promise<Customer>

const customer = serde.string()

export const orders = topic('orders', { key: customer, value: serde.json<Order>() })
export const deliveries = topic('deliveries', { key: customer, value: serde.json<Delivery>() })
export const unknown = topic('orders-unknown', { key: customer, value: serde.json<Order>() })

export const deliveriesBy = (lookUp: LookUp) =>
  topology('deliveries', (t) => {
    t.stream(orders)
      .mapAsync(
        async (order, key, { signal }): Promise<Delivery> => ({
          ...order,
          ...(await lookUp(key, signal)),
        }),
        {
          store: 'looking-up',
          concurrency: 8,
          timeoutMs: 2000,
          retry: { max: 3, backoffMs: 500 },
          onFailure: { dlq: unknown.name },
        },
      )
      .to(deliveries)
  })
