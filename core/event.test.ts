import { describe, expect, it } from 'vitest'
import { limits, newEventId, testsOf, wireEvent } from './event.js'

const good = { app: 'shop', user: 'u1', event: 'purchase' }
const many = (n: number, value: unknown) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, value]))
const parsed = (json: string) => JSON.parse(json) as object

describe('an event on the wire', () => {
  it.each<[string, object]>([
    ['the least', {}],
    ['everything', { id: 'i', value: -1.5, time: 0, tests: { t: 'b@2' }, testId: 't', branch: 'b@2', props: { a: 1 } }],
    ['names at the limit', { app: 'a'.repeat(limits.nameLength), user: 'u'.repeat(limits.userLength) }],
    ['tests at the limit', { tests: many(limits.testsPerEvent, 'b') }],
    ['props at the limit', { props: many(limits.props, 'v'.repeat(limits.propLength)) }],
    ['props of each type', { props: { a: '', b: -0, c: false, d: 'line\nline' } }],
    ['names in any script', { event: 'покупка 🛒', props: { ключ: 'ü' } }],
  ])('may hold %s', (_, fields) => {
    expect(wireEvent.safeParse({ ...good, ...fields }).error).toBeUndefined()
  })

  it.each<[string, object, string]>([
    ['no user', { user: undefined }, 'expected string'],
    ['an empty user', { user: '' }, 'Too small'],
    ['a long user', { user: 'u'.repeat(limits.userLength + 1) }, 'Too big'],
    ['a long app', { app: 'a'.repeat(limits.nameLength + 1) }, 'Too big'],
    ['control characters', { app: 'a\u0000b' }, 'control characters'],
    ['a lone surrogate', { user: '\ud800' }, 'lone surrogates'],
    ['a lone surrogate in a prop', { props: { a: '\udc00' } }, 'lone surrogates'],
    ['an infinite value', { value: Number.POSITIVE_INFINITY }, 'Invalid input'],
    ['a huge value', { value: 1e101 }, 'Too big'],
    ['a time before 1970', { time: -1 }, 'Too small'],
    ['a time as text', { time: '2024-01-01' }, 'expected number'],
    ['a branch with two @', { tests: { t: 'a@1@2' } }, 'branch@version'],
    ['a testId alone', { testId: 't' }, 'go together'],
    ['a branch alone', { branch: 'b' }, 'go together'],
    ['two branches of a test', { tests: { t: 'a' }, testId: 't', branch: 'b' }, 'different branches'],
    ['too many tests', { tests: many(limits.testsPerEvent + 1, 'b') }, 'at most 32 tests'],
    ['one test too many', { tests: many(limits.testsPerEvent, 'b'), testId: 't', branch: 'b' }, 'at most 32 tests'],
    ['too many props', { props: many(limits.props + 1, 'v') }, 'at most 16 props'],
    ['a long prop', { props: { a: 'v'.repeat(limits.propLength + 1) } }, 'Too big'],
    ['a nested prop', { props: { a: {} } }, 'true or false'],
    ['a null prop', { props: { a: null } }, 'true or false'],
    ['tests as an array', { tests: ['b'] }, 'expected record'],
    ['__proto__ as a test', { tests: parsed('{"__proto__":"b"}') }, '__proto__'],
    ['__proto__ as a prop', { props: parsed('{"__proto__":{"x":1}}') }, '__proto__'],
    ['__proto__ as a testId', { testId: '__proto__', branch: 'b' }, 'other than'],
    ['constructor as a test', { tests: { constructor: 'b' } }, 'Invalid key'],
    ['prototype as a prop', { props: { prototype: 'b' } }, 'Invalid key'],
    ['an unknown field', { uid: 'u' }, 'Unrecognized key'],
    ['__proto__ as a field', parsed('{"__proto__":{"app":"x"}}'), 'Unrecognized key'],
  ])('may not hold %s', (_, fields, message) => {
    const event = Object.defineProperties({ ...good }, Object.getOwnPropertyDescriptors(fields))
    expect(wireEvent.safeParse(event).error?.issues[0]?.message).toContain(message)
  })
})

it('both spellings name the same tests', () => {
  expect(testsOf({ testId: 't', branch: 'b' })).toEqual(testsOf({ tests: { t: 'b' } }))
  expect(testsOf({ tests: { s: 'a' }, testId: 't', branch: 'b' })).toEqual({ s: 'a', t: 'b' })
})

it('a new id is valid and new', () => {
  expect(wireEvent.safeParse({ ...good, id: newEventId() }).success).toBe(true)
  expect(newEventId()).not.toBe(newEventId())
})
