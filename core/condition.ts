type Scalar = string | number | boolean

/** What is known of a user, for targeting. */
export type Attributes = Readonly<Record<string, Scalar | readonly Scalar[] | null | undefined>>

/** What must hold of one attribute: that it is this, is one of these, or passes each of these operators. */
export type Wanted = Scalar | readonly Scalar[] | Partial<Operands>

/**
 * What must hold of a user: each attribute named is as wanted, and so are the conditions inside. `docs/targeting.md`
 * has the operators.
 */
export interface Condition {
  /** What one attribute must be. */
  readonly [attribute: string]: Wanted | readonly Condition[] | undefined
  /** All of these hold. */
  readonly $and?: readonly Condition[]
  /** At least one of them. */
  readonly $or?: readonly Condition[]
  /** None of them. */
  readonly $nor?: readonly Condition[]
}

interface Operands {
  $eq: Scalar
  $ne: Scalar
  $in: readonly Scalar[]
  $nin: readonly Scalar[]
  $gt: number | string
  $gte: number | string
  $lt: number | string
  $lte: number | string
  $startsWith: string
  $endsWith: string
  $contains: string
  $exists: boolean
  $versionGte: string
  $versionLt: string
}

type Value = Attributes[string]

/** An attribute that is a list is whatever any of its items is. */
const some = (value: Value, is: (item: Scalar) => boolean) =>
  (Array.isArray(value) ? value : [value]).some((item) => item != null && is(item))
/** Nothing is above or below what is of another type. */
const compare = (value: Value, wanted: number | string, is: (a: typeof wanted, b: typeof wanted) => boolean) =>
  some(value, (item) => typeof item === typeof wanted && is(item as typeof wanted, wanted))
const text = (value: Value, is: (item: string) => boolean) =>
  some(value, (item) => typeof item === 'string' && is(item))

const operators: { [K in keyof Operands]: (value: Value, wanted: Operands[K]) => boolean } = {
  $eq: (value, wanted) => some(value, (item) => item === wanted),
  $ne: (value, wanted) => !operators.$eq(value, wanted),
  $in: (value, wanted) => some(value, (item) => wanted.includes(item)),
  $nin: (value, wanted) => !operators.$in(value, wanted),
  $gt: (value, wanted) => compare(value, wanted, (a, b) => a > b),
  $gte: (value, wanted) => compare(value, wanted, (a, b) => a >= b),
  $lt: (value, wanted) => compare(value, wanted, (a, b) => a < b),
  $lte: (value, wanted) => compare(value, wanted, (a, b) => a <= b),
  $startsWith: (value, wanted) => text(value, (item) => item.startsWith(wanted)),
  $endsWith: (value, wanted) => text(value, (item) => item.endsWith(wanted)),
  $contains: (value, wanted) => text(value, (item) => item.includes(wanted)),
  $exists: (value, wanted) => (value != null) === wanted,
  $versionGte: (value, wanted) => text(value, (item) => compareVersions(item, wanted) >= 0),
  $versionLt: (value, wanted) => text(value, (item) => compareVersions(item, wanted) < 0),
}

/** 2.10 is above 2.9, and 2.9-beta below it: part by part, numbers as numbers, and what has a suffix first. */
function compareVersions(one: string, other: string): number {
  const [a, b] = [one, other].map((v) => v.replace(/^v|\+.*$/g, '').split(/[.-]/)) as [string[], string[]]
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [x, y] = [rank(a[i]), rank(b[i])]
    if (x !== y) return x < y ? -1 : 1
  }
  return 0
}

/** Sorts as text: words, then the end and zeros, then numbers by their length first. */
function rank(part: string | undefined): string {
  const digits = (part ?? '0').replace(/^0+(?=\d)/, '')
  return /^\d+$/.test(digits) ? `~${String.fromCharCode(digits.length)}${digits}` : `!${part}`
}

/**
 * Whether all that a condition says holds of a user. What is not known of a user is not equal to anything, and not above
 * or below it. @throws RangeError on an operator that is not known
 */
export function matches(condition: Condition, attributes: Attributes): boolean {
  const holds = (inner: Condition) => matches(inner, attributes)
  return Object.entries(condition).every(([name, wanted]) => {
    if (name === '$and') return (wanted as Condition[]).every(holds)
    if (name === '$or') return (wanted as Condition[]).some(holds)
    if (name === '$nor') return !(wanted as Condition[]).some(holds)
    return isAsWanted(Object.hasOwn(attributes, name) ? attributes[name] : null, wanted as Wanted)
  })
}

function isAsWanted(value: Value, wanted: Wanted): boolean {
  if (Array.isArray(wanted)) return operators.$in(value, wanted)
  if (typeof wanted !== 'object') return operators.$eq(value, wanted)
  return Object.entries(wanted).every(([name, operand]) => {
    if (!Object.hasOwn(operators, name)) throw new RangeError(`targeting: expected an operator; ${name} came`)
    return operators[name as '$eq'](value, operand as Scalar)
  })
}
