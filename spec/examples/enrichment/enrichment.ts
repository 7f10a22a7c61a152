// Enrichment: each order meets the product it is of and the customer who placed it. Products are few
// and looked up by any key, so every task has them all: a global table. Customers are many, so orders
// travel to the task that keeps theirs.

import { serde, topic, topology } from 'millrace'

interface Order {
  readonly customer: string
  readonly product: string
  readonly pieces: number
}

interface Product {
  readonly name: string
  readonly price: number
}

interface Customer {
  readonly name: string
  readonly city: string
}

const id = serde.string()

export const orders = topic('orders', { key: id, value: serde.json<Order>() })
export const products = topic('products', { key: id, value: serde.json<Product>() })
export const customers = topic('customers', { key: id, value: serde.json<Customer>() })

export const shipments = topic('shipments', {
  key: id,
  value: serde.json<{ to: string; what: string; price: number }>(),
})

export const enrichment = topology('enrichment', (t) => {
  t.stream(orders)
    .join(
      t.globalTable(products),
      (_order, { product }) => product,
      ({ customer, pieces }, { name, price }) => ({
        customer,
        what: `${pieces} x ${name}`,
        price: pieces * price,
      }),
    )
    .selectKey((_order, { customer }) => customer)
    .leftJoin(t.table(customers, { store: 'customers' }), ({ what, price }, customer) => ({
      to: customer === null ? 'unknown' : `${customer.name}, ${customer.city}`,
      what,
      price,
    }))
    .to(shipments)
})
