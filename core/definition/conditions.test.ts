import { describe, expect, test } from 'vitest'
import { type Attributes, type Condition, matches } from '../condition.js'
import { conditionLimits, targeting } from './conditions.js'

/** Each condition inside takes two levels: the list, and what is in it. */
const nested = (levels: number): object => (levels < 2 ? { a: 1 } : { $nor: [nested(levels - 2)] })

describe('targeting', () => {
  test.each<[string, Condition, Attributes]>([
    ['nothing', {}, {}],
    ['values', { country: 'de', age: 42, paying: true }, { country: 'de', age: 42, paying: true }],
    ['a list of values', { country: ['de', 'at', 1, false] }, { country: 'at' }],
    ['equality', { a: { $eq: 'x', $ne: 2, $in: ['x'], $nin: [true] } }, { a: 'x' }],
    ['order', { a: { $gt: 1, $gte: 2, $lt: 3, $lte: 2 }, b: { $gt: 'a' } }, { a: 2, b: 'b' }],
    ['text', { a: { $startsWith: 'x', $endsWith: 'z', $contains: 'y' } }, { a: 'xyz' }],
    ['presence', { a: { $exists: false } }, {}],
    ['versions', { v: { $versionGte: '2.9', $versionLt: '3' } }, { v: '2.10' }],
    ['conditions inside', { $and: [{ $or: [{ a: 1 }, { b: 2 }] }], $nor: [{ c: { $exists: true } }] }, { b: 2 }],
    ['as deep as may be', nested(conditionLimits.depth - 1) as Condition, {}],
  ])('takes %s, and clients can evaluate it', (_, condition, attributes) => {
    expect(targeting.parse(condition)).toEqual(condition)
    expect(matches(condition, attributes)).toBe(true)
  })

  const long = 'x'.repeat(257)
  test.each<[string, unknown, string]>([
    ['no object', 'de', ''],
    ['a list', [{ country: 'de' }], ''],
    ['an unknown operator', { country: { $regex: 'd.' } }, 'country'],
    ['an unknown junction', { $not: [{ a: 1 }] }, '$not'],
    ['an operator where an attribute belongs', { $gt: 3 }, '$gt'],
    ['no operator', { country: {} }, 'country'],
    ['null', { country: null }, 'country'],
    ['a list of lists', { country: [['de']] }, 'country'],
    ['order of what has none', { age: { $gt: true } }, 'age'],
    ['text that is a number', { name: { $startsWith: 1 } }, 'name'],
    ['a list that is a value', { name: { $in: 'x' } }, 'name'],
    ['presence that is text', { name: { $exists: 'yes' } }, 'name'],
    ['a number without end', { age: { $lt: Infinity } }, 'age'],
    ['half a character', { name: '\ud800' }, 'name'],
    ['long text', { name: long }, 'name'],
    ['an attribute of a long name', { [long]: 1 }, long],
    ['an attribute that every object has', { constructor: 1 }, 'constructor'],
    ['a hidden attribute', JSON.parse('{"__proto__": 1}'), ''],
    ['an empty list of conditions', { $or: [] }, '$or'],
    ['a list of conditions that is one', { $nor: { a: 1 } }, '$nor'],
    ['a wrong one deep inside', { $and: [{ $or: [{ a: 1 }, { b: { $is: 1 } }] }] }, '$and.0.$or.1.b'],
    ['too many values', { a: Array(conditionLimits.values).fill(1) }, ''],
    ['too deep', nested(conditionLimits.depth), ''],
    ['far too deep', nested(5000), ''],
  ])('refuses %s', (_, condition, path) => {
    const { error } = targeting.safeParse(condition)
    expect(error?.issues.map((issue) => issue.path.join('.'))).toContain(path)
  })
})
