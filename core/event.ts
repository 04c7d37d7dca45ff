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
  /** Squares of values up to this, summed over any number of users, stay finite. */
  valueMagnitude: 1e100,
} as const

/** Event names Assay gives a meaning to; every other name starting with `$` is refused. */
export const reservedEvents = ['$exposure', '$request', '$science', '$identify'] as const

/** No control characters (they separate keys and break terminals), no lone surrogates (they have no UTF-8). */
const printable = (s: string) => !CONTROL.test(s) && s.isWellFormed()
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
const CONTROL = /[\u0000-\u001f\u007f]/

const text = (max: number) =>
  z.string().min(1).max(max).refine(printable, 'must not hold control characters or lone surrogates')
const name = text(limits.nameLength)
/** `@` separates a branch from the version of the test's definition. */
const branch = name.regex(/^[^@]+(@\d{1,9})?$/, 'must be a branch name, or branch@version')
const atMost = (max: number) => (o: object) => Object.keys(o).length <= max

/** An event as a client sends it. Times are Unix milliseconds by the client's clock. */
export const wireEvent = z
  .strictObject({
    id: text(limits.nameLength).optional(),
    app: name,
    user: text(limits.userLength),
    event: name,
    value: z.number().min(-limits.valueMagnitude).max(limits.valueMagnitude).optional(),
    time: z.number().min(0).max(8.64e15).optional(),
    tests: z
      .record(name, branch)
      .refine(atMost(limits.testsPerEvent), `must name at most ${limits.testsPerEvent} tests`)
      .optional(),
    testId: name.optional(),
    branch: branch.optional(),
    props: z
      .record(
        name,
        z.union([
          z
            .string()
            .max(limits.propLength)
            .refine((s) => s.isWellFormed(), 'must not hold lone surrogates'),
          z.number(),
          z.boolean(),
        ]),
      )
      .refine(atMost(limits.props), `must hold at most ${limits.props} props`)
      .optional(),
  })
  .refine((e) => (e.testId === undefined) === (e.branch === undefined), 'testId and branch go together')

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
