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

const KINDS: Readonly<Record<string, Observed['kind']>> = { $request: 'request', $sent: 'sent' }
const MARKS = Object.keys(KINDS).map((event) => Buffer.from(`"event":"${event}"`))

/** Null of any other event: most are told by their bytes, before they are parsed. */
export function observedOf(record: LogRecord): Observed | null {
  const bytes = payload(record)
  if (!MARKS.some((mark) => bytes.includes(mark))) return null
  const { app, user, event, value, tests, props, received } = JSON.parse(bytes.toString())
  // A prop may have that name and value as well.
  const kind = KINDS[event]
  if (kind === undefined) return null
  // Who names no outcome says that it was answered.
  return { app, received, user, tests, value, kind, outcome: props.outcome ?? 'ok' }
}

export const branchOf = ({ tests }: Observed, testId: string): string | undefined => tests[testId]?.split('@', 1)[0]
