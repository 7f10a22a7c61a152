// What the programs by hand do with a line: the same as stateless.ts and wordcount.ts.

export const words = (line) =>
  line
    .toLowerCase()
    .split(/\W+/)
    .filter((word) => word !== '')

export const int64 = (count) => {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeBigInt64BE(BigInt(count))
  return bytes
}

const counts = new Map()

export const programs = {
  stateless: {
    output: 'mapped',
    work(line, emit) {
      const seen = `${line};seen`
      if (!seen.startsWith('b')) emit(undefined, Buffer.from(seen.toUpperCase()))
    },
  },
  wordcount: {
    output: 'word-counts',
    work(line, emit) {
      for (const word of words(line)) {
        const count = (counts.get(word) ?? 0) + 1
        counts.set(word, count)
        emit(Buffer.from(word), int64(count))
      }
    },
  },
}
