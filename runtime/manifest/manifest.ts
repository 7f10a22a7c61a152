// The actor manifest: what a host process runs and where its records and state are kept. As YAML, or
// as a TypeScript module whose default export satisfies `Manifest`.

import * as z from 'zod'
import { LOG_LEVELS } from '#protocols/core/log'
import { WORKERS_MAX } from '../process/thread-nursery.ts'

const broker = z.union([
  z
    .string()
    .regex(
      /^(file:|nats:\/\/|tls:\/\/)/,
      "a broker begins with 'file:' and a directory, e.g. file:./data, or with 'nats://'",
    )
    .describe('file: and a directory, relative to the manifest, or nats:// and servers'),
  z.strictObject({
    /** Directory, relative to the manifest. */
    file: z.string(),
    /** `fsync` (default): acknowledged when on disk. `os`: when handed to the operating system. */
    durability: z.enum(['fsync', 'os']).optional(),
    /** The most the log may hold. */
    bytesMax: z.number().int().positive().optional(),
  }),
  z.strictObject({
    /** `nats://host:port`, several with commas. */
    nats: z.string().regex(/^(nats|tls):\/\//, "begins with 'nats://', e.g. nats://127.0.0.1:4222"),
    user: z.string().optional(),
    password: z.string().optional(),
    token: z.string().optional(),
    /** A credentials file, relative to the manifest. */
    credentials: z.string().optional(),
    /** A file with the seed of an NKey, relative to the manifest. */
    nkey: z.string().optional(),
    /** `true`, or PEM files, relative to the manifest. */
    tls: z
      .union([
        z.boolean(),
        z.strictObject({
          ca: z.string().optional(),
          cert: z.string().optional(),
          key: z.string().optional(),
        }),
      ])
      .optional(),
    /** First word of every subject and stream; default `millrace`. */
    namespace: z
      .string()
      .regex(/^[a-zA-Z0-9_-]{1,50}$/, 'takes a-z A-Z 0-9 _ -, at most 50')
      .optional(),
    /** Copies a cluster keeps of each stream; default 1. */
    replicas: z.number().int().min(1).max(5).optional(),
    /** The most a stream, which is up to 16 partitions, may hold. */
    bytesMax: z.number().int().positive().optional(),
    /** How long to wait for a server at the start, ms; default 60,000. */
    waitMs: z.number().int().min(0).optional(),
  }),
])

/** One entry per actor; the kind is the name of its field. */
const actor = z
  .strictObject({
    /** A module, relative to the manifest, that exports topologies. */
    topology: z.string().optional(),
    /** A module that exports keyed actors. */
    actor: z.string().optional(),
  })
  .refine(
    (entry) => Object.values(entry).filter((path) => path !== undefined).length === 1,
    "takes 'topology' or 'actor', and the path of a module",
  )

const settings = {
  /** `exactly-once` (default) or `at-least-once`. */
  guarantee: z.enum(['exactly-once', 'at-least-once']).optional(),
  /** While busy, commit at least this often, ms; when inputs run dry a commit follows at once. */
  commitIntervalMs: z.number().int().min(1).max(60_000).optional(),
  /** Write stores to disk at least this often, ms: bounds what a restart replays. */
  sealIntervalMs: z.number().int().min(1).max(3_600_000).optional(),
  /** Of outputs and internal topics. */
  compression: z.enum(['none', 'gzip']).optional(),
  /**
   * Store a snapshot of a task when its commit log has so many bytes of changes more than the newest, and
   * half as many as its stores take; 0 stores none. Default: 67,108,864 over NATS, where logs only grow
   * without, and 0 on the embedded broker.
   */
  snapshotBytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
}

const name = z
  .string()
  .regex(/^(?!\.+$)[a-zA-Z0-9._-]{1,100}$/, 'takes a-z A-Z 0-9 . _ -, at most 100')

const PORT = 'takes a port from 0 to 65535'
const port = z.number(PORT).int(PORT).min(0, PORT).max(65_535, PORT)

export const manifestSchema = z.strictObject({
  /** Groups the hosts that share work; part of the names of internal topics and of state. */
  application: name,
  broker,
  /** Names this host for good, so that it finds its state again; default: host name and a number. */
  host: name.optional(),
  /** Directory of task state, relative to the manifest; default: beside the records. */
  state: z.string().optional(),
  /** Threads that run tasks; 0 runs them in the main thread. Default: one per core. */
  workers: z.number().int().min(0).max(WORKERS_MAX).optional(),
  /** How much this host takes of the work, beside the others; default 1. */
  capacity: z.number().min(0.01).max(1000).optional(),
  /** What this host shares with hosts that may fail together with it: a rack, a data centre. */
  zone: name.optional(),
  /** Of the program; `millrace upgrade` says which host runs which. In quotes: '2', '1.4.0'. */
  version: z
    .string("takes text: '2', with the quotes")
    .regex(/^[a-zA-Z0-9._+-]{1,100}$/, 'takes a-z A-Z 0-9 . _ + -, at most 100')
    .optional(),
  /** Partitions of topics that do not say; default 4. */
  partitions: z.number().int().min(1).max(1024).optional(),
  /** A host that was silent this long is taken for dead, ms; default 10,000. */
  sessionTimeoutMs: z.number().int().min(500).max(600_000).optional(),
  ...settings,
  /** Copies of every task that keeps state, on other hosts, ready to take it over; default 0. */
  standbys: z.number().int().min(0).max(16).optional(),
  /** A copy at most so many changes behind may take a task over; default 10,000. */
  acceptableLag: z.number().int().min(0).max(1_000_000_000).optional(),
  /** Tasks that are copied at a time so that they can move to another host; default 2. */
  warmups: z.number().int().min(1).max(1000).optional(),
  /** How long a host that is to end waits for copies of its tasks, ms; 0: not at all. Default 5000. */
  handOverMs: z.number().int().min(0).max(600_000).optional(),
  /** Go on although a topology lost a store that it had. */
  acceptPlan: z.boolean().optional(),
  /** Metrics and the admin API over HTTP: a port, or the fields of one. Default: none. */
  http: z
    .union([
      port,
      z.strictObject({
        port,
        /** Default 127.0.0.1. */
        address: z.string().min(1).optional(),
        /** For more than facts; or MILLRACE_HTTP_TOKEN in the environment. */
        token: z.string().min(16, 'takes at least 16 characters').optional(),
      }),
    ])
    .optional(),
  log: z.enum(LOG_LEVELS).optional(),
  actors: z.array(actor).min(1),
})

export type Manifest = z.input<typeof manifestSchema>
