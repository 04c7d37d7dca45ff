import { wireEvent } from '@assay/core/event'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isPlainEvent } from './plain.js'
import { line, plainLine } from './serialize.js'
import { wireEvents } from './testkit/wire-events.js'
import { Refusal, validate } from './validate.js'

const typical = {
  id: 'V1StGXR8_Z5jdHi6B-myT',
  app: 'shop',
  user: 'u1',
  event: '$exposure',
  value: 12.5,
  time: 1_700_000_000_000,
  tests: { checkout: 'master@3' },
  props: { page: '/x', first: true, items: 3 },
}

it('the typical event takes the short way', () => {
  expect(isPlainEvent(typical)).toBe(true)
})

it('the short way takes nothing the schema refuses', () => {
  const property = fc.property(wireEvents, (event) => {
    if (isPlainEvent(event)) expect(validate(event)).not.toBeInstanceOf(Refusal)
  })
  fc.assert(property, { numRuns: 5000 })
})

it('the short way writes the same line', () => {
  const property = fc.property(wireEvents.filter(isPlainEvent), ({ id = 'i', props = {}, tests = {}, ...rest }) => {
    const event = { value: 1, time: 2, ...rest, id, props, tests, received: 3 }
    expect(plainLine(event)).toBe(line(event))
  })
  fc.assert(property, { numRuns: 2000 })
})

it('the generator gives both valid and invalid events', () => {
  const verdicts = fc.sample(wireEvents, { numRuns: 500, seed: 1 }).map((event) => wireEvent.safeParse(event).success)
  expect(new Set(verdicts).size).toBe(2)
})
