import type { Condition, Wanted } from '../condition.js'
import { quote } from './sql.js'

type Operands = Required<Exclude<Wanted, string | number | boolean | readonly (string | number | boolean)[]>>
type Operator = Exclude<keyof Operands, '$versionGte' | '$versionLt'>

/**
 * A condition on the props of an event as SQL, over a column `props` of text: a number or truth value equals its text,
 * and is above or below the numbers that texts spell. What is not there equals nothing, and is not above or below it.
 */
export function filterSql(filter: Condition): string {
  const parts = Object.entries(filter).map(([name, wanted]) => {
    if (name === '$and') return junction('AND', wanted as Condition[])
    if (name === '$or') return junction('OR', wanted as Condition[])
    if (name === '$nor') return `NOT ${junction('OR', wanted as Condition[])}`
    return `(${wantedSql(quote(name), wanted as Wanted)})`
  })
  return parts.length === 0 ? 'true' : parts.join(' AND ')
}

const junction = (word: 'AND' | 'OR', filters: Condition[]) =>
  `(${filters.map((f) => `(${filterSql(f)})`).join(` ${word} `)})`

function wantedSql(name: string, wanted: Wanted): string {
  if (Array.isArray(wanted)) return operators.$in(name, wanted)
  if (typeof wanted !== 'object') return operators.$eq(name, wanted)
  return Object.entries(wanted)
    .map(([operator, operand]) => operators[operator as '$eq'](name, operand as string))
    .join(' AND ')
}

const has = (name: string) => `mapContains(props, ${name})`
const value = (name: string) => `props[${name}]`
const literal = (operand: string | number | boolean) => quote(String(operand))
/** Negatives and exponents stand apart from what is before them. */
const number = (operand: number) => `(${operand})`
const ordered = (sign: string) => (name: string, operand: number | string) =>
  typeof operand === 'number'
    ? `ifNull(toFloat64OrNull(${value(name)}) ${sign} ${number(operand)}, false)`
    : `${has(name)} AND ${value(name)} ${sign} ${quote(operand)}`

const operators: { [K in Operator]: (name: string, operand: Operands[K]) => string } = {
  $eq: (name, operand) => `${has(name)} AND ${value(name)} = ${literal(operand)}`,
  $ne: (name, operand) => `NOT (${operators.$eq(name, operand)})`,
  $in: (name, operand) =>
    operand.length === 0 ? 'false' : `${has(name)} AND ${value(name)} IN (${operand.map(literal).join(', ')})`,
  $nin: (name, operand) => `NOT (${operators.$in(name, operand)})`,
  $gt: ordered('>'),
  $gte: ordered('>='),
  $lt: ordered('<'),
  $lte: ordered('<='),
  $startsWith: (name, operand) => `${has(name)} AND startsWith(${value(name)}, ${quote(operand)})`,
  $endsWith: (name, operand) => `${has(name)} AND endsWith(${value(name)}, ${quote(operand)})`,
  $contains: (name, operand) => `${has(name)} AND position(${value(name)}, ${quote(operand)}) > 0`,
  $exists: (name, operand) => (operand ? has(name) : `NOT ${has(name)}`),
}
