// A hierarchy: sensors belong to rooms, rooms to buildings, and each level is a table of the one below.
// A sensor that reads anew, or moves to another room, is taken out of every sum it was in.

import { serde, topic, topology } from 'millrace'

interface Sensor {
  readonly building: string
  readonly room: string
  readonly watts: number
}

interface Room {
  readonly building: string
  readonly watts: number
}

const name = serde.string()

export const sensors = topic('sensors', { key: name, value: serde.json<Sensor>() })
export const rooms = topic('rooms', { key: name, value: serde.json<Room>() })
export const buildings = topic('buildings', { key: name, value: serde.double() })

export const iotHierarchy = topology('iot-hierarchy', (t) => {
  const perRoom = t
    .table(sensors, { store: 'sensors' })
    .groupBy(
      (_sensor, { building, room, watts }): [string, Room] => [
        `${building}/${room}`,
        { building, watts },
      ],
      { key: name },
    )
    .reduce(
      (room, sensor) => ({ ...room, watts: room.watts + sensor.watts }),
      (room, sensor) => ({ ...room, watts: room.watts - sensor.watts }),
      { store: 'rooms' },
    )
  perRoom.toStream().to(rooms)
  perRoom
    .groupBy((_room, { building, watts }): [string, number] => [building, watts], {
      key: name,
      value: serde.double(),
    })
    .reduce(
      (total, watts) => total + watts,
      (total, watts) => total - watts,
      { store: 'buildings' },
    )
    .toStream()
    .to(buildings)
})
