// Where records are kept, as people say it (`file:./data`) and as the broker is opened. Only this
// folder knows which broker is in use.

import { resolve } from 'node:path'
import { MillraceError } from '#protocols/core/errors'

export type Durability = 'fsync' | 'os'

export interface BrokerLocation {
  /** Absolute. */
  readonly directory: string
  readonly durability: Durability
  /** Default: what the log takes for its own default. */
  readonly bytesMax?: number | undefined
}

/** How a broker is named in manifests and options. */
export type BrokerOption =
  | string
  | {
      readonly file: string
      readonly durability?: Durability | undefined
      readonly bytesMax?: number | undefined
    }

/**
 * @param base directory that relative paths start from
 * @throws MillraceError BROKER_UNKNOWN
 */
export function brokerLocation(option: BrokerOption, base: string): BrokerLocation {
  if (typeof option !== 'string') {
    const { file, durability = 'fsync', bytesMax } = option
    return { directory: resolve(base, file), durability, bytesMax }
  }
  if (!option.startsWith('file:')) {
    throw new MillraceError({
      code: 'BROKER_UNKNOWN',
      what: `'${option}' is not a broker`,
      hint: "Name the embedded one by its directory, e.g. 'file:./data'",
    })
  }
  return { directory: resolve(base, option.slice('file:'.length)), durability: 'fsync' }
}
