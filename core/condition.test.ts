import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Attributes, type Condition, matches } from './condition.js'

const ann: Attributes = {
  country: 'de',
  age: 34,
  beta: true,
  plan: ['team', 'trial'],
  version: '2.10.1',
  email: 'ann@example.com',
  nothing: null,
}

test.each<[string, Condition, boolean]>([
  ['nothing is asked', {}, true],
  ['a value that is so', { country: 'de' }, true],
  ['a value that is not so', { country: 'at' }, false],
  ['one of several', { country: ['at', 'de'] }, true],
  ['none of several', { country: ['at', 'ch'] }, false],
  ['all of two', { country: 'de', beta: true }, true],
  ['one of two', { country: 'de', beta: false }, false],
  ['another type', { age: '34' }, false],
  ['what is not known', { city: 'bonn' }, false],
  ['what is null', { nothing: 'x' }, false],
  ['a list that has it', { plan: 'trial' }, true],
  ['a list that has not', { plan: 'free' }, false],
  ['a list that shares one', { plan: ['free', 'team'] }, true],
  ['$eq', { country: { $eq: 'de' } }, true],
  ['$ne', { country: { $ne: 'de' } }, false],
  ['$ne of what is not known', { city: { $ne: 'bonn' } }, true],
  ['$in', { country: { $in: ['de'] } }, true],
  ['$nin', { country: { $nin: ['de'] } }, false],
  ['$nin of what is not known', { city: { $nin: ['bonn'] } }, true],
  ['$gt, equal', { age: { $gt: 34 } }, false],
  ['$gte, equal', { age: { $gte: 34 } }, true],
  ['$lt, equal', { age: { $lt: 34 } }, false],
  ['$lte, equal', { age: { $lte: 34 } }, true],
  ['a range', { age: { $gte: 30, $lt: 40 } }, true],
  ['order of texts', { country: { $gt: 'at' } }, true],
  ['order across types', { country: { $gt: 1 } }, false],
  ['order of what is not known', { city: { $lt: 'z' } }, false],
  ['$startsWith', { email: { $startsWith: 'ann' } }, true],
  ['$endsWith', { email: { $endsWith: '@example.com' } }, true],
  ['$contains', { email: { $contains: '@other' } }, false],
  ['text asked of a number', { age: { $contains: '3' } }, false],
  ['$exists', { country: { $exists: true } }, true],
  ['$exists of null', { nothing: { $exists: true } }, false],
  ['$exists: false', { city: { $exists: false } }, true],
  ['$and', { $and: [{ country: 'de' }, { beta: true }] }, true],
  ['$or', { $or: [{ country: 'at' }, { beta: true }] }, true],
  ['$or of none', { $or: [] }, false],
  ['$nor', { $nor: [{ country: 'at' }, { country: 'de' }] }, false],
  ['$nor of none', { $nor: [] }, true],
  ['inside one another', { $or: [{ $nor: [{ beta: true }] }, { $and: [{ age: { $gt: 30 } }] }] }, true],
  ['a name that every object has', { constructor: { $exists: true } }, false],
  ['a name that every object has, negated', { toString: { $ne: 'x' } }, true],
  ['the name of what every object comes from', JSON.parse('{"__proto__":{"$exists":true}}'), false],
  ['a list longer than the stack is deep', { country: Array(1_000_000).fill('at').concat('de') }, true],
])('%s', (_, condition, holds) => {
  expect(matches(condition, ann)).toBe(holds)
})

test('names that every object has are attributes as others', () => {
  const attributes = JSON.parse('{"__proto__":"a","constructor":"b","hasOwnProperty":"c"}')
  for (const [name, value] of Object.entries(attributes)) {
    expect(matches(JSON.parse(`{"${name}":"${value}"}`), attributes), name).toBe(true)
    expect(matches(JSON.parse(`{"${name}":"other"}`), attributes), name).toBe(false)
  }
})

test('a number that is none is known, and neither equal to another nor above or below it', () => {
  const holds = (wanted: Condition[string]) => matches({ age: wanted }, { age: Number.NaN })
  expect(holds({ $exists: true })).toBe(true)
  for (const number of [0, 34, Number.MAX_VALUE]) {
    expect([holds(number), holds([number]), holds({ $ne: number }), holds({ $nin: [number] })]).toEqual([
      ...[false, false],
      ...[true, true],
    ])
    for (const operator of ['$gt', '$gte', '$lt', '$lte']) expect(holds({ [operator]: number }), operator).toBe(false)
  }
})

test('an attribute of a million items is looked through', () => {
  const tags: string[] = Array(1_000_000).fill('old')
  expect(matches({ tags: ['new', 'newer'] }, { tags })).toBe(false)
  expect(matches({ tags: { $contains: 'ew', $startsWith: 'n', $nin: ['ol'] } }, { tags: [...tags, 'new'] })).toBe(true)
})

test('versions are in the order in which they are made', () => {
  const ordered = ['0.9', '1.0-alpha', '1.0-beta', '1.0', '1.0.1', '1.2', 'v1.9', '1.10', '1.10.0.1', '2', '10.0']
  for (const [i, one] of ordered.entries()) {
    for (const [j, other] of ordered.entries()) {
      expect(matches({ v: { $versionGte: other } }, { v: one }), `${one} >= ${other}`).toBe(i >= j)
      expect(matches({ v: { $versionLt: other } }, { v: one }), `${one} < ${other}`).toBe(i < j)
    }
  }
})

test.each(['1.0', '1', '1.0.0', 'v1.0', '1.0+build.7', '01.0'])('%s is version 1.0', (version) => {
  expect(matches({ v: { $versionGte: '1.0', $versionLt: '1.0.1' } }, { v: version })).toBe(true)
})

test('an operator that nobody knows is an error, not a yes or a no', () => {
  expect(() => matches({ age: { $near: 30 } } as Condition, ann)).toThrow('expected an operator; $near came')
  expect(() => matches({ age: { toString: 30 } } as Condition, ann)).toThrow('toString')
})

test('not asking for something is the opposite of asking for it', () => {
  const attributes = fc.dictionary(fc.constantFrom('a', 'b'), fc.oneof(fc.integer({ min: 0, max: 3 }), fc.boolean()))
  const number = fc.integer({ min: 0, max: 3 })
  const wanted = fc.oneof(
    number,
    fc.boolean(),
    fc.array(number, { maxLength: 3 }),
    fc.record({ $gt: number }),
    fc.record({ $ne: number }),
    fc.record({ $exists: fc.boolean() }),
  )
  const condition = fc.dictionary(fc.constantFrom('a', 'b', 'c'), wanted)
  fc.assert(
    fc.property(condition, attributes, (c, a) => {
      expect(matches({ $nor: [c as Condition] }, a)).toBe(!matches(c as Condition, a))
    }),
  )
})
