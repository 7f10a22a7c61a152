// The catalogue's keyed actors: told through their mailboxes, read through what they emit.

import { type ActorDefinition, actor, serde, topic } from 'millrace'
import { type Claim, type Place, plainClaim } from './claim.ts'
import { letterOf, waves } from './waves.ts'

const text = serde.string()
type Told = ActorDefinition<string, string, unknown, string>
const base = { key: text, message: text, state: text, output: text } as const
// A message without a value would be an order to a quarantined key.
const messages = waves(['left'], { valueless: false })

/** Remembers what it was told, in two behaviors, and forgets everything now and then. */
const memory = ({ partitions, medium }: Place): Told =>
  actor('memory', {
    ...{ ...base, partitions, medium, initial: (key: string) => key, first: 'odd' },
    behaviors: {
      odd(message, self) {
        self.state = `${self.state} ${message}`
        self.emit(self.state)
        self.become('even')
      },
      even(message, self) {
        self.emit(`${self.state}, ${message}`)
        if (letterOf(message) === 'd') self.stop()
        else self.become('odd')
      },
    },
  })

/** Counts what it is told, by whomever. */
const tally = ({ partitions, medium }: Place): Told =>
  actor('tally', {
    ...{ ...base, partitions, medium, initial: () => '' },
    receive(_message, self) {
      self.state = `${self.state}+`
      self.emit(self.state)
    },
  })

/** Tells the tally of each letter. */
const teller = (place: Place, to: Told): Told =>
  actor('teller', {
    ...{ ...base, partitions: place.partitions, medium: place.medium, initial: () => '' },
    sends: () => [to],
    receive(message, self) {
      self.send(to, message.slice(0, 1), `${self.key} ${message}`)
    },
  })

/** Emits what it was told last when it was told nothing for a while, or at an alarm that is moved. */
const reminder = ({ partitions, medium }: Place): Told =>
  actor('reminder', {
    ...{ ...base, partitions, medium, initial: () => '' },
    receive(message, self) {
      if (message === 'now') return self.emit(`${self.state} at ${self.time}`)
      self.state = message
      self.timer('quiet', 10, 'now', 'event')
    },
  })

const mailbox = (name: string) => topic(`test.${name}.mailbox`, { key: text, value: text })
const output = (name: string) =>
  topic(`test.${name}.output`, { key: serde.nullable(text), value: serde.nullable(text) })

/** An entry whose waves go to the mailbox of an actor. */
const told = (
  name: string,
  told: string,
  read: string,
  rest: Pick<Claim, 'result' | 'define'> & Partial<Claim>,
): Claim =>
  plainClaim({
    ...{ name, waves: messages, output: output(read) },
    send: (t, { records }) => {
      const mail = records.map(({ key, value, time }) => ({ key: `${key}`, value, time }))
      t.topic(mailbox(told)).send(...mail)
    },
    ...rest,
  })

export const ACTORS: readonly Claim[] = [
  told('an actor that remembers', 'memory', 'memory', { result: 'list', define: memory }),
  // Whose message comes first is open: the tally counts them all alike.
  told('actors that tell another', 'teller', 'tally', {
    result: 'list',
    isRacing: true,
    define: (place) => {
      const to = tally(place)
      return [teller(place, to), to]
    },
  }),
  told('an actor with timers', 'reminder', 'reminder', {
    result: 'list',
    define: reminder,
    except: {
      partitions: 'timers fire by the stream time of a task',
      order: 'the order of times decides which message lets a timer fire',
    },
  }),
]
