// The admin API over the broker's bus, for those who reach the broker and no host: one question and one
// answer, both JSON, with the documents that the API has anyhow (decision 0035).
//
//   subject  = APPLICATION "/admin/" HOST
//   question = { version: 1, path, body? }      body: what would be posted; absent: it is read
//   answer   = { version: 1, status, body }     status and text as over HTTP
//
// Fields are only ever added; a host refuses a version that it does not know. Who may use the broker may
// use this: it is as open as the topics are.

import type { Bus } from '#protocols/broker/broker'
import { factsOf } from '#protocols/core/error-facts'
import { isMillraceError, MillraceError } from '#protocols/core/errors'
import { fromWire, toWire } from '../process/wire.ts'
import type { ErrorDocument } from './documents.ts'
import type { Answering } from './late-app.ts'

const VERSION = 1
/** Longer than a host waits for the others, or for a store. */
const PATIENCE_MS = 15_000

export interface AdminQuestion {
  /** With its query. */
  readonly path: string
  readonly body?: unknown
}

export interface AdminAnswer {
  readonly status: number
  readonly text: string
}

interface Question extends AdminQuestion {
  readonly version: number
}

interface Answer {
  readonly version: number
  readonly status: number
  readonly body: string
}

const prefixOf = (application: string): string => `${application}/admin/`

/** Answers what is asked of the host, until the result is called. */
export function serveOverBus(
  bus: Bus,
  { application, host }: { readonly application: string; readonly host: string },
  app: Answering,
): Promise<() => void> {
  return bus.serve(prefixOf(application) + host, async (bytes) => {
    const { status, text } = await answered(app, fromWire<Question>(bytes))
    return toWire({ version: VERSION, status, body: text } satisfies Answer)
  })
}

/** Hosts of the application that answer over the bus, sorted. */
export async function hostsOnBus(bus: Bus, application: string): Promise<readonly string[]> {
  const prefix = prefixOf(application)
  return (await bus.subjects(prefix)).map((subject) => subject.slice(prefix.length)).sort()
}

/**
 * Asks the first of the hosts that answers. One that says nothing in time is only passed over where
 * asking twice does no harm.
 * @throws MillraceError HOST_AWAY, REQUEST_TIMEOUT
 */
export async function askOverBus(
  bus: Bus,
  { application, hosts }: { readonly application: string; readonly hosts: readonly string[] },
  question: AdminQuestion,
  patienceMs = PATIENCE_MS,
): Promise<AdminAnswer> {
  let silence: unknown = hostAway(application)
  for (const host of hosts) {
    try {
      const asked = toWire({ version: VERSION, ...question } satisfies Question)
      const bytes = await bus.request(prefixOf(application) + host, asked, patienceMs)
      const { status, body } = fromWire<Answer>(bytes)
      return { status, text: body }
    } catch (thrown) {
      const isGone = isMillraceError(thrown, 'NO_RESPONDER')
      const isRead = question.body === undefined
      if (!isGone && !(isRead && isMillraceError(thrown, 'REQUEST_TIMEOUT'))) throw thrown
      if (!isGone) silence = thrown
    }
  }
  throw silence
}

async function answered(app: Answering, question: Question): Promise<AdminAnswer> {
  const { version, path, body } = question
  if (version !== VERSION) return refused(versionUnknown(version))
  const headers = { 'content-type': 'application/json' }
  const posted = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) }
  // The host part is for the form; nobody looks at it.
  const response = await app.fetch(new Request(new URL(path, 'http://host'), posted))
  if (response.headers.get('content-type')?.startsWith('text/event-stream') === true) {
    await response.body?.cancel()
    return refused(endless(path))
  }
  return { status: response.status, text: await response.text() }
}

const refused = (error: MillraceError): AdminAnswer => ({
  status: 400,
  text: JSON.stringify({ error: factsOf(error) } satisfies ErrorDocument),
})

const hostAway = (application: string): MillraceError =>
  new MillraceError({
    code: 'HOST_AWAY',
    what: `no host of application '${application}' answers over the broker`,
    hint: 'Start one with: millrace host millrace.yaml',
  })

const versionUnknown = (version: number): MillraceError =>
  new MillraceError({
    code: 'ADMIN_VERSION',
    what: `this host speaks version ${VERSION} of the admin API over the broker, not ${version}`,
    hint: 'Use the millrace command of the version that the host runs',
  })

const endless = (path: string): MillraceError =>
  new MillraceError({
    code: 'ANSWER_ENDLESS',
    what: `${path} is answered without an end, and over the broker an answer is one message`,
    hint: 'Ask the documents again and again, or the host over HTTP',
  })
