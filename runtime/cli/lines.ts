// Lines of bytes as they come, and what they say. Bytes that are no text are refused: with a stand-in
// for them, records would be appended that nobody sent.

const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/** The last line need not end; of a line that ends as on Windows, neither byte of the end is part. */
export async function* linesOf(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let begun: Buffer[] = []
  for await (const chunk of input) {
    let from = 0
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      yield withoutReturn(Buffer.concat([...begun, chunk.subarray(from, at)]))
      begun = []
      from = at + 1
    }
    if (from < chunk.length) begun.push(chunk.subarray(from))
  }
  if (begun.length > 0) yield withoutReturn(Buffer.concat(begun))
}

const withoutReturn = (line: Buffer): Buffer =>
  line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @throws Error when it is not UTF-8 */
export function textOf(line: Buffer): string {
  try {
    return utf8.decode(line)
  } catch {
    throw new Error('it is not text in UTF-8; bytes go as base64: --value bytes')
  }
}
