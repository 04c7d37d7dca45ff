import { z } from 'zod'
import type { Condition, Wanted } from '../condition.js'
import { inheritedNames, limits, name } from '../event.js'

/** Of one condition, which is looked at for each user or event: levels of its JSON, and values in it. */
export const conditionLimits = { depth: 20, values: 1000 } as const

type Scalar = Extract<Wanted, string | number | boolean>
type Operands = Required<Exclude<Wanted, Scalar | readonly Scalar[]>>

const text = z
  .string()
  .max(limits.userLength)
  .refine((s) => s.isWellFormed(), 'must not hold lone surrogates')
const scalar = z.union(
  [text, z.number(), z.boolean()],
  `must be a text of up to ${limits.userLength} characters, a finite number, true or false`,
)
const list = z.array(scalar)
const ordered = z.union([z.number(), text], 'must be a number or a text')

/** Each operator of `core/condition.ts` with what it takes. */
const operands = {
  $eq: scalar,
  $ne: scalar,
  $in: list,
  $nin: list,
  $gt: ordered,
  $gte: ordered,
  $lt: ordered,
  $lte: ordered,
  $startsWith: text,
  $endsWith: text,
  $contains: text,
  $exists: z.boolean(),
  $versionGte: text,
  $versionLt: text,
} satisfies { [K in keyof Operands]: z.ZodType<Operands[K]> }

const isAttribute = (key: string) =>
  name.safeParse(key).success && !key.startsWith('$') && !inheritedNames.includes(key)
const junctions = ['$and', '$or', '$nor']

/** Conditions that use these operators; `id` is the schema's in documents. */
function conditionOf(shape: Partial<typeof operands>, id: string): z.ZodType<Condition> {
  const known = Object.keys(shape).join(', ')
  const expected = `must be a value, a list of values, or operators with operands of their types, of ${known}`
  /** Without any operator it would hold of everybody, which nobody means. */
  const operators = z
    .strictObject(shape, {
      error: (issue) =>
        issue.code === 'unrecognized_keys' ? `must use only ${known}; "${issue.keys[0]}" came` : undefined,
    })
    .partial()
    .refine((o) => Object.keys(o).length > 0, `must hold at least one operator of ${known}`)
  const wanted = z.union([scalar, list, operators], expected)
  const condition: z.ZodType<Condition> = z
    .lazy(() =>
      z
        .object({ $and: conditions.optional(), $or: conditions.optional(), $nor: conditions.optional() })
        .catchall(wanted)
        .check(({ value, issues }) => {
          const wrong = Object.keys(value).find((key) => !junctions.includes(key) && !isAttribute(key))
          if (wrong === undefined) return
          const message = `must name attributes, or be one of ${junctions.join(', ')}`
          issues.push({ code: 'custom', message, input: value, path: [wrong] })
        }),
    )
    .meta({
      id,
      description: 'Each key is as wanted, and so are the conditions inside: docs/targeting.md.',
    }) as z.ZodType<Condition>
  const conditions = z.array(condition).min(1)
  return (
    z
      .unknown()
      .refine((value) => valuesIn(value) <= conditionLimits.values, {
        error: `must hold at most ${conditionLimits.values} values, ${conditionLimits.depth} deep, and no __proto__`,
        abort: true,
      })
      // For documents: what may be sent is what is read.
      .meta({ $ref: `#/components/schemas/${id}` })
      .pipe(condition)
  )
}

/** How many values it holds; more than any limit where it is too deep, or hides a key that zod passes over. */
function valuesIn(value: unknown, depth = 0): number {
  if (typeof value !== 'object' || value === null) return 1
  if (depth === conditionLimits.depth || Object.hasOwn(value, '__proto__')) return Infinity
  let values = 1
  for (const part of Object.values(value)) {
    values += valuesIn(part, depth + 1)
    if (values > conditionLimits.values) return Infinity
  }
  return values
}

/** Who may be in a test: a condition of `core/condition.ts` that every client can evaluate. */
export const targeting = conditionOf(operands, 'Condition')

const { $versionGte, $versionLt, ...ofProps } = operands

/** Which events count, by their props: the same, without operators for versions. */
export const filter = conditionOf(ofProps, 'Filter')
