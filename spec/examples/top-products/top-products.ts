// Top three: the best selling products of each category. A table that is grouped takes a row out of
// its group before it puts the new one in, so a product that is sold again never stands there twice.

import { serde, topic, topology } from 'millrace'

interface Sale {
  readonly category: string
  readonly pieces: number
}

interface Sold extends Sale {
  readonly product: string
}

export const sales = topic('sales', { key: serde.string(), value: serde.json<Sale>() })

export const best = topic('best', { key: serde.string(), value: serde.json<readonly string[]>() })

const byPieces = (a: Sold, b: Sold): number =>
  b.pieces - a.pieces || (a.product < b.product ? -1 : 1)

export const topProducts = topology('top-products', (t) => {
  t.stream(sales)
    .groupByKey()
    .reduce((sold, sale) => ({ ...sale, pieces: sold.pieces + sale.pieces }), { store: 'sold' })
    .groupBy(
      (product, { category, pieces }): [string, Sold] => [category, { category, product, pieces }],
      { key: serde.string() },
    )
    .aggregate(
      (): readonly Sold[] => [],
      (ranking, sold) => [...ranking, sold].sort(byPieces),
      (ranking, sold) => ranking.filter(({ product }) => product !== sold.product),
      { store: 'rankings' },
    )
    .mapValues((ranking) => ranking.slice(0, 3).map(({ product }) => product))
    .toStream()
    .to(best)
})
