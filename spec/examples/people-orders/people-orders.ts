// People and orders: a table of orders, each naming the person it is for, joined with the table of
// people. When a person moves, all of their open orders change; when an order is gone, so is its row.

import { serde, topic, topology } from 'millrace'

interface Person {
  readonly name: string
  readonly city: string
}

interface Order {
  readonly person: string
  readonly item: string
}

const id = serde.string()

export const people = topic('people', { key: id, value: serde.json<Person>() })
export const orders = topic('orders', { key: id, value: serde.json<Order>() })
export const labels = topic('labels', { key: id, value: serde.nullable(serde.string()) })

export const peopleOrders = topology('people-orders', (t) => {
  t.table(orders, { store: 'orders' })
    .joinByKey(
      t.table(people, { store: 'people' }),
      ({ person }) => person,
      ({ item }, { name, city }) => `${item} for ${name} in ${city}`,
      { store: 'labels' },
    )
    .toStream()
    .to(labels)
})
