// A topology that tells keyed actors something, or hears them, needs somebody who runs them: else its
// messages lie in mailboxes that nobody reads, and nothing says so.

import type { Broker } from '#protocols/broker/broker'
import { MillraceError } from '#protocols/core/errors'
import { actorOfTopic } from '#protocols/messages/actor-mail'
import { planKey } from '#protocols/messages/membership'
import type { Definition } from '../dsl/definition.ts'

interface Place {
  readonly broker: Pick<Broker, 'keys'>
  readonly application: string
}

/**
 * Whoever is registered together, or was registered in the application before, on whichever host, is there.
 * @throws MillraceError ACTOR_MISSING
 */
export async function refuseMissingActors(
  definitions: readonly Definition[],
  { broker, application }: Place,
): Promise<void> {
  const here = new Set(definitions.map(({ name }) => name))
  for (const { kind, name, plan } of definitions) {
    if (kind !== 'topology') continue
    for (const topic of plan(application).topics) {
      const actor = topic.owner === 'internal' ? actorOfTopic(application, topic.name) : null
      if (actor === null || here.has(actor)) continue
      const kept = await broker.keys.get(planKey(application, actor))
      if (kept === null) throw actorMissing(name, actor)
    }
  }
}

const actorMissing = (topology: string, actor: string): MillraceError =>
  new MillraceError({
    code: 'ACTOR_MISSING',
    what: `topology '${topology}' uses actor '${actor}', which is not registered in this application`,
    where: `topology ${topology}`,
    hint: `Name the module that exports the actor beside that of the topology ('actors' of the manifest or of the host), or register it first; the list of testkit takes both: [${topology}, ${actor}]`,
  })
