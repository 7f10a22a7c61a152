// Fraud by session: payments of a card that follow one another within five minutes are one session.
// Three or more that come to over 1,000 raise an alert, which each further payment raises again.

import { serde, session, topic, topology } from 'millrace'

interface Payment {
  readonly amount: number
}

interface Spree {
  readonly payments: number
  readonly total: number
}

const card = serde.string()

export const payments = topic('payments', { key: card, value: serde.json<Payment>() })

export const alerts = topic('alerts', {
  key: serde.sessionWindowed(card),
  value: serde.json<Spree>(),
})

const add = (a: Spree, b: Spree): Spree => ({
  payments: a.payments + b.payments,
  total: a.total + b.total,
})

export const fraud = topology('fraud', (t) => {
  t.stream(payments)
    .groupByKey()
    .windowedBy(session({ gap: '5m', grace: '1m' }))
    .aggregate(
      (): Spree => ({ payments: 0, total: 0 }),
      (spree, { amount }) => add(spree, { payments: 1, total: amount }),
      (_card, older, newer) => add(older, newer),
      { store: 'sprees' },
    )
    .toStream()
    .filter((_session, spree): spree is Spree => isSuspicious(spree))
    .to(alerts)
})

/** A session that grew has a new end, and so a new key: its row under the old one is deleted. */
function isSuspicious(spree: Spree | null): boolean {
  return spree !== null && spree.payments >= 3 && spree.total > 1000
}
