// CPU average: the load of each machine over the last minute, anew every ten seconds. Windows overlap:
// a reading is in six of them.

import { hopping, serde, topic, topology } from 'millrace'

const machine = serde.string()
const MINUTE_MS = 60_000

export const readings = topic('cpu', { key: machine, value: serde.double() })

export const averages = topic('cpu-average', {
  key: serde.windowed(machine, MINUTE_MS),
  value: serde.double(),
})

export const cpuAverage = topology('cpu-average', (t) => {
  t.stream(readings)
    .groupByKey()
    .windowedBy(hopping({ size: MINUTE_MS, advance: '10s' }))
    .aggregate(
      () => ({ readings: 0, sum: 0 }),
      ({ readings, sum }, load) => ({ readings: readings + 1, sum: sum + load }),
      { store: 'loads' },
    )
    .mapValues(({ readings, sum }) => sum / readings)
    .toStream()
    .to(averages)
})
