// Visits with the name of who comes, as it is then: a stream and a table. One record of ten changes a
// name.

import { serde, topic, topology } from 'millrace'
import { seededRandom } from '#runtime/testkit/seeded-random'
import { type Contest, contest } from '../contest.ts'
import { InputBuilder, replay } from '../keyed-input.ts'

const PARTITIONS = 4
const START_MS = 1_700_000_000_000
const USERS = 10_000
const CHANGE_EVERY = 10

const id = serde.int32()
const text = serde.string()

const visits = topic('visits', { key: id, value: text, partitions: PARTITIONS })
const names = topic('names', { key: id, value: text, partitions: PARTITIONS })
const output = topic('named', { key: id, value: text, partitions: PARTITIONS })

export const named = topology('named', (t) => {
  t.stream(visits)
    .join(t.table(names, { store: 'names' }), sentence)
    .to(output)
})

function sentence(page: string, name: string): string {
  return `${name} saw ${page}`
}

export function tableContest(count: number): Contest {
  const [visited, called] = makeInputs(count)
  return contest({
    ...{ name: 'join of a stream and a table', topology: named, module: import.meta.url },
    ...{ inputs: [visited, called], output, counts: 'every' },
    loop(emit) {
      const names = new Map<number, string>()
      replay([
        {
          input: called,
          visit({ buffer, keyStart, keyEnd, valueStart, valueEnd }) {
            names.set(id.read(buffer, keyStart, keyEnd), text.read(buffer, valueStart, valueEnd))
          },
        },
        {
          input: visited,
          visit({ buffer, keyStart, keyEnd, valueStart, valueEnd, time }) {
            const key = id.read(buffer, keyStart, keyEnd)
            const name = names.get(key)
            if (name === undefined) return
            emit(key, sentence(text.read(buffer, valueStart, valueEnd), name), time)
          },
        },
      ])
    },
  })
}

/** Every user has a name before the first visit; nothing happens twice in one ms. */
function makeInputs(count: number) {
  const random = seededRandom(44)
  const anybody = (): number => Math.floor(random.next() * USERS)
  const visited = new InputBuilder(visits)
  const called = new InputBuilder(names)
  for (let user = 0; user < USERS; user++) called.add(user, `user ${user}`, START_MS)
  for (let n = 1; n <= count; n++) {
    const time = START_MS + n
    if (n % CHANGE_EVERY === 0) called.add(anybody(), `user since ${n}`, time)
    else visited.add(anybody(), `/page/${n % 1000}`, time)
  }
  return [visited.finish(), called.finish()] as const
}
