import { AssayError } from '@assay/core/errors'
import type { Keys } from '@assay/core/keys'
import { isLocal, type LocalLog, type Log, topics } from '@assay/core/log/log'
import { readHistory } from '@assay/core/store/history'
import type { Store } from '@assay/core/store/store'
import { framed } from './frames.js'

/**
 * What is copied, in this order: whatever tells of events comes before the events. A snapshot or a quarantined record
 * may then not speak of an event that the backup lacks.
 */
export const parts = ['moments', ...topics.toReversed()] as const
export type Part = (typeof parts)[number]

/** What a backup is taken of. */
export interface Origin {
  log: LocalLog
  store: Store
  keys: Keys
  idWindow: number
}

/** What a backup holds besides the parts. */
export interface About {
  keys: Keys
  /** How far back ids were remembered: tables rebuilt with another window may count otherwise. */
  idWindow: number
  /** Records there were at the start; more may come until their topic is copied. */
  records: number
}

export async function aboutOf({ log, keys, idWindow }: Origin): Promise<About> {
  const bounds = await Promise.all(topics.map((topic) => log.bounds(topic, 0)))
  return { keys, idWindow, records: bounds.reduce((sum, { end }) => sum + end, 0) }
}

/** A part as a stream of frames: chunks of a topic, or lines of JSON. */
export async function* framesOf(part: Part, { log, store }: Origin): AsyncGenerator<Buffer> {
  const pieces = part === 'moments' ? readHistory(store) : log.chunks(part)
  for await (const some of pieces) yield framed(some)
}

/** @throws AssayError `backup-elsewhere` where another system keeps the log or the tables. */
export function requireLocal(log: Log, store: Store): LocalLog {
  if (isLocal(log) && !store.shared) return log
  throw new AssayError('backup-elsewhere', 'Expected log and store in the data directory; they are elsewhere.')
}
