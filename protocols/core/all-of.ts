// Waiting for several things that go on side by side, of which some may fail.
//
// Promise: whoever is told of a failure may begin again, since nothing of the first try is under way.

/** As `Promise.all`, and nothing is under way any more when it rejects. */
export async function allOf(work: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(work)
  await Promise.all(work)
}
