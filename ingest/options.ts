import type { Definitions } from '@assay/core/control/definitions'
import { limits as eventLimits } from '@assay/core/event'
import type { KeyRing } from '@assay/core/key-ring'
import type { Log } from '@assay/core/log/log'

export interface IngestLimits {
  /** Bytes of a body, before and after decompression. */
  requestBytes: number
  requestEvents: number
  /** Characters of records waiting in `log.append`; the request that crosses it is still taken. */
  queueBytes: number
  /** Events of one key a second, sustained. */
  eventsPerSecond: number
  /** Events of one key at once. */
  eventBurst: number
  testsPerApp: number
  apps: number
  /** Clients that wait for changes of their config. */
  streams: number
}

export const defaultLimits: IngestLimits = {
  requestBytes: eventLimits.requestBytes,
  requestEvents: eventLimits.requestEvents,
  queueBytes: 64 * 1024 * 1024,
  eventsPerSecond: 500_000,
  eventBurst: 1_000_000,
  testsPerApp: eventLimits.testsPerApp,
  apps: eventLimits.apps,
  streams: 10_000,
}

/** A test the store knows; an empty `test` makes its app known. */
export interface KnownTest {
  app: string
  test: string
}

export interface IngestOptions {
  log: Log
  keys: KeyRing
  definitions: Definitions
  /** Unix milliseconds. */
  clock?: () => number
  limits?: Partial<IngestLimits>
  knownTests?: Iterable<KnownTest>
  /** Kept up to date for the host to read. */
  counters?: Counters
}

export interface Counters {
  /** Events in the log. */
  accepted: number
  /** Events refused one by one. */
  rejected: number
  /** Accepted events whose time was too far from now to believe. */
  clamped: number
  /** Requests refused as a whole. */
  refused: number
}

export const newCounters = (): Counters => ({ accepted: 0, rejected: 0, clamped: 0, refused: 0 })
