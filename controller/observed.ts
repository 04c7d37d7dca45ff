import { type LogRecord, payload } from '@assay/core/log/log'

/** What an app or a gate tells of its traffic, of one test. */
export interface Observed {
  app: string
  /** Unix milliseconds at which it was taken in. */
  received: number
  user: string
  /** By test id, `branch` or `branch@version`. */
  tests: Readonly<Record<string, string>>
  /** Of one request; or how many were sent, of a gate's count. */
  kind: 'request' | 'sent'
  /** Milliseconds of the request, or the number sent. */
  value: number
  outcome: string
}

const KINDS = [
  ['request', Buffer.from('"event":"$request"')],
  ['sent', Buffer.from('"event":"$sent"')],
] as const

/** Null of any other event. A quote in a name is escaped, so that the bytes of a key and its value tell which event it is. */
export function observedOf(record: LogRecord): Observed | null {
  const bytes = payload(record)
  const found = KINDS.find(([, mark]) => bytes.includes(mark))
  if (found === undefined) return null
  const { app, user, value, tests, props, received } = JSON.parse(bytes.toString())
  // Who names no outcome says that it was answered.
  return { app, received, user, tests, value, kind: found[0], outcome: props.outcome ?? 'ok' }
}

export const branchOf = ({ tests }: Observed, testId: string): string | undefined => tests[testId]?.split('@', 1)[0]
