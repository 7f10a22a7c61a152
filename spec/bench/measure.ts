// Taking measures: wall time, processor time, medians, and several bodies in turn, so that what the
// machine does besides falls on all of them alike.

export interface Spent {
  readonly ms: number
  /** Processor time of all threads of this process. */
  readonly cpuMs: number
}

/** What a body takes. */
export async function timed(body: () => unknown): Promise<Spent> {
  const cpu = process.cpuUsage()
  const start = performance.now()
  await body()
  const ms = performance.now() - start
  return { ms, cpuMs: cpuMsSince(cpu) }
}

export function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** Runs the bodies in turn, `rounds` times; the medians of each, in order. */
export async function inTurn(
  rounds: number,
  bodies: readonly (() => Promise<Spent>)[],
): Promise<Spent[]> {
  const spent: Spent[][] = bodies.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [n, body] of bodies.entries()) spent[n]?.push(await body())
  }
  return spent.map((each) => ({
    ms: median(each.map(({ ms }) => ms)),
    cpuMs: median(each.map(({ cpuMs }) => cpuMs)),
  }))
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** The value below which a share `q` of the values lies; 0 of no values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0
}

/** A whole number from the environment: how far a run is turned up or down. */
export const setting = (name: string, otherwise: number): number =>
  Number(process.env[name] ?? otherwise)

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6

/** What 1970 was on the clock that all processes of a machine share; children are handed it. */
const EPOCH = 'MILLRACE_BENCH_EPOCH_MS'
process.env[EPOCH] ??= String(Date.now() - monotonicMs())
const epochMs = Number(process.env[EPOCH])

/**
 * Now, ms since 1970, finer than a millisecond and comparable between this process and its children. The clock of the
 * day is not, where it is put right meanwhile: each process would go by what it showed when that process began.
 */
export const nowMs = (): number => epochMs + monotonicMs()
