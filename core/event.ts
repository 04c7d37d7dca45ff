import { nanoid } from 'nanoid'
import { z } from 'zod'

/** Limits of one event and one request; anything over is refused, never cut. */
export const limits = {
  eventBytes: 32 * 1024,
  requestBytes: 1024 * 1024,
  requestEvents: 1000,
  nameLength: 128,
  userLength: 256,
  propLength: 1024,
  props: 16,
  testsPerEvent: 32,
  testsPerApp: 1000,
  apps: 1000,
  branches: 100,
  metrics: 100,
  metricsPerApp: 1000,
  /** Squares of values up to this, summed over any number of users, stay finite. */
  valueMagnitude: 1e100,
} as const

/** Event names Assay gives a meaning to; every other name starting with `$` is refused. */
export const reservedEvents = ['$exposure', '$request', '$sent', '$science', '$identify'] as const

/** No control characters (they separate keys and break terminals), no lone surrogates (they have no UTF-8). */
export const printable = (s: string) => !CONTROL.test(s) && s.isWellFormed()
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/

const text = (max: number) =>
  z.string().min(1).max(max).refine(printable, 'must not hold control characters or lone surrogates')
/** Of an app, a test, a branch, an event, a metric. */
export const name = text(limits.nameLength)
/** `@` separates a branch from the version of the test's definition. */
const branch = name.regex(/^[^@]+(@\d{1,9})?$/, 'must be a branch name, or branch@version')

/** Names every JavaScript object has already: as keys they would vanish or shadow. */
export const inheritedNames: readonly string[] = ['__proto__', 'constructor', 'prototype']
const key = name.refine((s) => !inheritedNames.includes(s), `must be a name other than ${inheritedNames.join(', ')}`)

/** Looks at the keys before zod's record does, which would skip `__proto__` and walk any number of them. */
export const keyed = <T extends z.ZodType>(
  max: number,
  what: string,
  value: T,
  names: z.ZodType<string, string> = key,
) =>
  z
    .unknown()
    .check(({ value: o, issues }) => {
      const wrong =
        keyCount(o) > max ? `must hold at most ${max} ${what}` : hidesProto(o) ? 'must not name __proto__' : null
      if (wrong !== null) issues.push({ code: 'custom', message: wrong, input: o, continue: false })
    })
    .pipe(z.record(names, value))
const isObject = (o: unknown): o is object => typeof o === 'object' && o !== null
const keyCount = (o: unknown) => (isObject(o) ? Object.keys(o).length : 0)
const hidesProto = (o: unknown) => isObject(o) && Object.hasOwn(o, '__proto__')

const prop = z.union(
  [
    z
      .string()
      .max(limits.propLength)
      .refine((s) => s.isWellFormed(), 'must not hold lone surrogates'),
    z.number(),
    z.boolean(),
  ],
  'expected a string, a finite number, true or false',
)

interface Assigned {
  tests?: Record<string, string> | undefined
  testId?: string | undefined
  branch?: string | undefined
}

/** Every test the event names with its branch: `testId` and `branch` are the one-test spelling of `tests`. */
export function testsOf(event: Assigned): Record<string, string> {
  const { tests = {}, testId, branch } = event
  return testId === undefined || branch === undefined ? tests : { ...tests, [testId]: branch }
}

/** What is wrong between the two spellings of an event's tests, or null. */
function testsConflict(event: Assigned): string | null {
  const { tests = {}, testId, branch } = event
  if ((testId === undefined) !== (branch === undefined)) return 'testId and branch go together'
  if (testId === undefined) return null
  if (Object.hasOwn(tests, testId) && tests[testId] !== branch)
    return 'tests and testId name different branches of one test'
  return keyCount(testsOf(event)) > limits.testsPerEvent ? `must name at most ${limits.testsPerEvent} tests` : null
}

/** An event as a client sends it. Times are Unix milliseconds by the client's clock. */
export const wireEvent = z
  .strictObject({
    id: text(limits.nameLength).optional(),
    app: name,
    user: text(limits.userLength),
    event: name,
    value: z.number().min(-limits.valueMagnitude).max(limits.valueMagnitude).optional(),
    time: z.number().min(0).max(8.64e15).optional(),
    tests: keyed(limits.testsPerEvent, 'tests', branch).optional(),
    testId: key.optional(),
    branch: branch.optional(),
    props: keyed(limits.props, 'props', prop).optional(),
  })
  .check(({ value, issues }) => {
    const conflict = testsConflict(value)
    if (conflict !== null) issues.push({ code: 'custom', message: conflict, input: value })
  })

export type WireEvent = z.infer<typeof wireEvent>

/** The canonical record: the keys are the store's columns, so that a stored line goes to ClickHouse as it is. */
export interface Event {
  id: string
  app: string
  user: string
  event: string
  value: number
  /** Corrected Unix milliseconds. */
  time: number
  tests: Record<string, string>
  props: Record<string, string>
  /** When ingest took it, Unix milliseconds. */
  received: number
}

/** The id of an event whose client sent none; such an event cannot be recognised when it is sent again. */
export const newEventId = (): string => nanoid()
