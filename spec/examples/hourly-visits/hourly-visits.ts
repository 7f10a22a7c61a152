// Hourly visits: how often each page was seen in each hour, said once, when the hour is over and five
// minutes of grace have passed. Visits that come later than that are not lost: they have a topic.

import { serde, topic, topology, tumbling } from 'millrace'

const page = serde.string()
const HOUR_MS = 3_600_000

export const visits = topic('visits', { key: page, value: serde.json<{ visitor: string }>() })

export const hourly = topic('hourly-visits', {
  key: serde.windowed(page, HOUR_MS),
  value: serde.int64(),
})

export const lateVisits = topic('late-visits', {
  key: page,
  value: serde.json<{ visitor: string }>(),
})

export const hourlyVisits = topology('hourly-visits', (t) => {
  const hours = t
    .stream(visits)
    .groupByKey()
    .windowedBy(tumbling({ size: HOUR_MS, grace: '5m' }), { emit: 'on-close' })
  hours.count({ store: 'visits-by-hour' }).toStream().to(hourly)
  hours.late().to(lateVisits)
})
