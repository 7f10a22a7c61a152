// A safety net for promises that should settle: uvu has no time-outs, and a promise that never settles
// would end a run without a word. The limit is generous; it says "never", not "slow".

/** Settles as the promise does, or rejects after `ms`. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const never = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not settled after ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([promise, never])
  } finally {
    clearTimeout(timer)
  }
}
