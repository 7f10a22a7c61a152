// The headers of a dead letter: where the record came from and why it is there. They come after the
// record's own, each `millrace.error.<name>` with UTF-8 text.

import { utf8 } from '#protocols/core/bytes'
import type { Header } from '#protocols/records/record'
import type { RecordContext } from './node.ts'

/**
 * @param operator whose input the letter is, where it is no longer the record as it was read; such a
 *   letter cannot go back to the topic of the record
 */
export function deadLetterHeaders(
  at: RecordContext,
  code: string,
  why: string,
  operator?: string,
): Header[] {
  const header = (name: string, value: string): Header => [`millrace.error.${name}`, utf8(value)]
  const headers = [
    header('code', code),
    header('message', why),
    header('topic', at.topic),
    header('partition', String(at.partition)),
    header('offset', String(at.offset)),
  ]
  return operator === undefined ? headers : [...headers, header('operator', operator)]
}
