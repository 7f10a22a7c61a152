// The catalogue: every topology that the laws of equivalence are proved for, and how one law is proved
// for all of them.

import fc from 'fast-check'
import { ACTORS } from './actors.ts'
import type { Choose, Claim, Law, Wave } from './claim.ts'
import { AGGREGATIONS } from './folds.ts'
import { JOINS } from './joins.ts'
import { PROCESSORS } from './processors.ts'
import { STREAMS } from './streams.ts'

export const CATALOGUE: readonly Claim[] = [
  ...STREAMS,
  ...PROCESSORS,
  ...ACTORS,
  ...AGGREGATIONS,
  ...JOINS,
]

export type Proof = (claim: Claim, waves: readonly Wave[], choose: Choose) => Promise<void>

const numbers = fc.array(fc.nat(0xffff), { minLength: 12, maxLength: 12 })

/**
 * Proves a law for each entry that it can hold for.
 * @param runs with other records and other choices, for each entry
 */
export async function proveForAll(law: Law, runs: number, proof: Proof): Promise<void> {
  const failed: string[] = []
  for (const claim of CATALOGUE) {
    if (claim.except[law] !== undefined) continue
    const property = fc.asyncProperty(claim.waves, numbers, (waves, chosen) =>
      proof(claim, waves, choosing(chosen)),
    )
    try {
      await fc.assert(property, { numRuns: runs })
    } catch (error) {
      failed.push(`${claim.name}: ${told(error)}`)
    }
  }
  if (failed.length > 0) throw new Error(failed.join('\n'))
}

function choosing(numbers: readonly number[]): Choose {
  let n = 0
  return (below) => {
    const round = Math.floor(n / numbers.length)
    return ((numbers[n++ % numbers.length] ?? 0) + round) % below
  }
}

/** What fast-check says, and what the proof said. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return `${error}`
  const details = 'details' in error ? `\n${error.details}` : ''
  const cause = error.cause === undefined ? '' : `\n${told(error.cause)}`
  return `${error.message}${details}${cause}`
}
