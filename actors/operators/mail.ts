// mail: tells each record to the keyed actor of its key; the value is the message. A record without a
// key has nobody to tell, and one without a value nothing to say: dropped and counted. Headers that
// mean something to a mailbox are not the record's to give, and stay behind.

import { ASK, ORDER } from '#protocols/messages/actor-mail'
import type { Headers } from '#protocols/records/record'
import type { NodeContext, Receive } from '../topology/node.ts'
import type { SinkTarget } from './sink.ts'

export const mail =
  <K, M>({ topic, key, value }: SinkTarget<K, M>) =>
  (context: NodeContext): Receive<K | null, M | null> => {
    const { record } = context
    const mailbox = context.output(topic, key, value)
    return (actor, message, time) => {
      if (actor === null) return context.drop('null-key')
      if (message === null) return context.drop('null-value')
      mailbox.emit(actor, message, time, withoutOrders(record.headers()))
    }
  }

const isOrder = (name: string): boolean => name === ASK || name === ORDER

const withoutOrders = (headers: Headers): Headers =>
  headers.some(([name]) => isOrder(name)) ? headers.filter(([name]) => !isOrder(name)) : headers
