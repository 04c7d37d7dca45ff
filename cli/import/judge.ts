import { limits, reservedEvents, testsOf, type WireEvent, wireEvent } from '@assay/core/event'
import { isPlainEvent } from '@assay/ingest/plain'
import { line, sizeRefusal } from '@assay/ingest/serialize'
import type { z } from 'zod'

/** What ingest would refuse of an event: which field, what it takes, what came. */
export interface Issue {
  field: string
  expected: string
  got: unknown
}

const NAME = `of 1 to ${limits.nameLength} printable characters`

/** What each field of an event takes. */
export const expected: Record<string, string> = {
  id: `an id ${NAME}`,
  app: `an app ${NAME}`,
  user: `a user of 1 to ${limits.userLength} printable characters`,
  event: `an event ${NAME}`,
  value: 'a number such as 12.5',
  time: 'a time in Unix milliseconds',
  tests: `at most ${limits.testsPerEvent} tests, each with a branch ${NAME}, no @`,
  testId: `a test ${NAME}`,
  branch: `a branch ${NAME}, no @`,
  props: `at most ${limits.props} props of up to ${limits.propLength} characters`,
}

/** Judges an event as ingest will: a file is refused before any of it is sent. */
export function issuesOf(event: Partial<WireEvent>): Issue[] {
  if (isPlainEvent(event)) return sizeIssues(event)
  const { success, data, error } = wireEvent.safeParse(event)
  if (success) return [...reservedIssues(data), ...sizeIssues(data)]
  const issues = error.issues.map((issue) => issueOf(issue, event))
  return issues.filter(({ field }, i) => issues.findIndex((other) => other.field === field) === i)
}

function issueOf(issue: z.core.$ZodIssue, event: object): Issue {
  const at = (key: string) => (Object.hasOwn(event, key) ? (event as Record<string, unknown>)[key] : undefined)
  if (issue.code === 'unrecognized_keys')
    return { field: issue.keys[0]!, expected: 'no such field', got: at(issue.keys[0]!) }
  const field = String(issue.path[0] ?? 'tests')
  const whole = issue.path.length === 0
  return { field, expected: whole ? `tests that agree (${issue.message})` : expected[field]!, got: at(field) }
}

function reservedIssues(event: WireEvent): Issue[] {
  const tests = testsOf(event)
  const names: [string, string][] = [
    ['app', event.app],
    ...Object.keys(tests).map((test): [string, string] => ['tests', test]),
    ...Object.values(tests).map((branch): [string, string] => ['branch', branch]),
    ...Object.keys(event.props ?? {}).map((prop): [string, string] => ['props', prop]),
  ]
  const issues = names
    .filter(([, name]) => name.startsWith('$'))
    .map(([field, got]) => ({ field, expected: `${singular[field]} that does not start with $`, got }))
  if (!event.event.startsWith('$') || reservedEvents.some((known) => known === event.event)) return issues
  return [
    ...issues,
    { field: 'event', expected: `${reservedEvents.join(', ')}, or a name without $`, got: event.event },
  ]
}

const singular: Record<string, string> = { app: 'an app', tests: 'a test', branch: 'a branch', props: 'a prop' }

/** Characters that are few enough for any event to fit, whatever they are and become in JSON. */
const SURE = limits.eventBytes / 12

/** Only props and many tests can make an event too large. */
function sizeIssues(event: WireEvent): Issue[] {
  const { id = 'x'.repeat(60), app, user, value = 1, time = 0, props = {} } = event
  const tests = testsOf(event)
  let length = 0
  for (const name in props) length += name.length + String(props[name]).length
  for (const test in tests) length += test.length + tests[test]!.length
  if (length < SURE) return []
  const stored = line({ id, app, user, event: event.event, value, time, tests, props, received: Date.now() })
  if (sizeRefusal(stored) === null) return []
  const got = `${Buffer.byteLength(stored)} bytes`
  return [{ field: 'props', expected: `at most ${limits.eventBytes} bytes an event`, got }]
}
