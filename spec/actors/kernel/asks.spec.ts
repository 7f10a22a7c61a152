// Questions are answered, or fail with the reason; never twice, never without end.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Props, Reply } from '#actors/kernel/actor'
import { World } from './world.ts'

type Question = { readonly say: 'yes' | 'no' | 'nothing' | 'twice'; readonly reply: Reply<string> }

const oracle: Props<Question> = {
  kind: 'oracle',
  make: () => ({
    receive({ say, reply }) {
      if (say === 'yes' || say === 'twice') reply.ok('yes')
      if (say === 'no' || say === 'twice') reply.fail(new Error('no'))
    },
  }),
  mailbox: { control: 4 },
}

const outcome = (promise: Promise<string>): Promise<string> =>
  promise.catch((error) => error.code ?? error.message)

async function asked(world: World, says: readonly Question['say'][]): Promise<string[]> {
  const ref = world.system.spawn(oracle)
  const answers = says.map((say) => outcome(ref.ask((reply) => ({ say, reply }), 100)))
  await world.clock.advance(100)
  return Promise.all(answers)
}

test('an answer, a refusal and silence', async () => {
  const answers = await asked(new World(), ['yes', 'no', 'nothing'])
  assert.equal(answers, ['yes', 'no', 'ASK_TIMEOUT'])
})

test('only the first answer counts', async () => {
  assert.equal(await asked(new World(), ['twice']), ['yes'])
})

test('a full mailbox refuses at once', async () => {
  const answers = await asked(new World(), ['yes', 'yes', 'yes', 'yes', 'yes'])
  assert.equal(answers, ['yes', 'yes', 'yes', 'yes', 'MAILBOX_FULL'])
})

test('the dead answer at once, and so does one who dies with the question', async () => {
  const world = new World()
  const ref = world.system.spawn(oracle, 'oracle')
  const open = outcome(ref.ask((reply) => ({ say: 'nothing', reply }), 1_000_000))
  await world.clock.settle()
  void world.system.end(ref)
  await world.clock.settle()
  assert.is(await open, 'ACTOR_DEAD')
  assert.is(await outcome(ref.ask((reply) => ({ say: 'yes', reply }), 1_000_000)), 'ACTOR_DEAD')
  assert.is(world.clock.timers, 0)
})

test.run()
