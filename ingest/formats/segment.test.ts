import { describe, expect, it } from 'vitest'
import { Refusal, validate } from '../validate.js'
import { type Around, translateSegment } from './segment.js'

const NOW = Date.UTC(2026, 0, 31, 12)
const at = (ms: number) => new Date(NOW + ms).toISOString()
const around: Around = { app: 'shop', sentAt: undefined }
const track = { type: 'track', userId: 'ann', event: 'Order Completed' }
const viewed = { ...track, event: 'Experiment Viewed' }

/** What is stored of a message, and how much of it is not. */
function translated(message: object, told = around) {
  const meant = translateSegment(message, told)
  if (meant === null || meant instanceof Refusal) return { code: null, ...meant }
  const event = validate(meant.event, meant.origins)
  expect(event).not.toBeInstanceOf(Refusal)
  return { event: JSON.parse(JSON.stringify(event)), dropped: meant.dropped, sentAt: meant.sentAt }
}

function refusal(message: unknown, told = around): string {
  const meant = translateSegment(message, told)
  const judged = meant === null || meant instanceof Refusal ? meant : validate(meant.event, meant.origins)
  return (judged as Refusal).message
}

describe('a message becomes an event', () => {
  const purchase = { app: 'shop', user: 'ann', event: 'Order Completed' }
  const exposure = { app: 'shop', user: 'ann', event: '$exposure' }
  it.each<[string, object, object, number]>([
    ['track', track, { ...purchase, props: {} }, 0],
    ['its id and time', { ...track, messageId: 'm1', timestamp: at(0) }, { ...purchase, id: 'm1', time: NOW }, 0],
    ['value', { ...track, properties: { value: 3, revenue: 4 } }, { value: 3, props: { revenue: 4 } }, 0],
    ['revenue, where no value is', { ...track, properties: { value: null, revenue: 4 } }, { value: 4, props: {} }, 0],
    [
      'properties, as far as they are props',
      { ...track, properties: { plan: 'pro', trial: true, seats: 3, products: [{ id: 1 }], note: null } },
      { props: { plan: 'pro', trial: true, seats: 3 } },
      1,
    ],
    ['tests', { ...track, context: { assay: { tests: { t: 'b@2' } } } }, { tests: { t: 'b@2' } }, 0],
    ['no tests, as null', { ...track, context: { assay: { tests: null } } }, purchase, 0],
    ['the known id before the anonymous', { ...track, anonymousId: 'a1' }, { user: 'ann' }, 0],
    ['the anonymous id alone', { ...track, userId: null, anonymousId: 'a1' }, { user: 'a1' }, 0],
    ['an id without characters, which is none', { ...track, userId: '', anonymousId: 'a1' }, { user: 'a1' }, 0],
    [
      'page, with its name',
      { type: 'page', userId: 'ann', name: 'Home', category: 'Docs', properties: { path: '/' } },
      { event: 'page', props: { name: 'Home', category: 'Docs', path: '/' } },
      0,
    ],
    ['screen', { type: 'screen', anonymousId: 'a1', name: 'Main' }, { event: 'screen', props: { name: 'Main' } }, 0],
    [
      'identify, which links two ids',
      { type: 'identify', anonymousId: 'a1', userId: 'ann', traits: { email: 'x', age: 3, city: null } },
      { app: 'shop', user: 'a1', event: '$identify', props: { user: 'ann' } },
      2,
    ],
    [
      'alias, which does as well',
      { type: 'alias', previousId: 'old', userId: 'ann' },
      { app: 'shop', user: 'old', event: '$identify', props: { user: 'ann' } },
      0,
    ],
    [
      'Experiment Viewed',
      { ...viewed, properties: { experiment_id: 'e', experiment_name: 'Entry', variation_id: 'v', nonce: 1 } },
      { ...exposure, testId: 'e', branch: 'v', props: { experiment_name: 'Entry', nonce: 1 } },
      0,
    ],
    [
      'Experiment Viewed by names',
      { ...viewed, properties: { experiment_name: 'Entry', variation_name: 'Red' } },
      { ...exposure, testId: 'Entry', branch: 'Red', props: {} },
      0,
    ],
    [
      'Experiment Viewed in camel case, counted from zero',
      { ...viewed, properties: { experimentId: 'e', variationId: 0 } },
      { ...exposure, testId: 'e', branch: '0', props: {} },
      0,
    ],
  ])('%s', (_, message, event, dropped) => {
    expect(translated(message)).toMatchObject({ event, dropped })
  })

  it('an exposure is of its own test alone', () => {
    const properties = { experiment_id: 'e', variation_id: 'v' }
    const { event } = translated({ ...viewed, properties, context: { assay: { tests: { other: 'b' } } } })
    expect(event.tests).toBeUndefined()
  })
})

it.each<[string, object]>([
  ['group', { type: 'group', userId: 'ann', groupId: 'g' }],
  ['identify of a known user', { type: 'identify', userId: 'ann', traits: {} }],
  ['identify of an unknown user', { type: 'identify', anonymousId: 'a1' }],
  ['identify of one id', { type: 'identify', anonymousId: 'ann', userId: 'ann' }],
  ['alias of one id', { type: 'alias', previousId: 'ann', userId: 'ann' }],
])('%s says nothing that is counted', (_, message) => {
  expect(translateSegment(message, around)).toBeNull()
})

describe('the app', () => {
  const context = { app: { namespace: 'com.shop', name: 'Shop' } }
  it.each<[string, string | undefined, object | null, string]>([
    ['is that of the address', 'web', context, 'web'],
    ['else the namespace', undefined, context, 'com.shop'],
    ['else the name', undefined, { app: { namespace: '', name: 'Shop' } }, 'Shop'],
  ])('%s', (_, app, given, expected) => {
    expect(translated({ ...track, context: given }, { ...around, app }).event.app).toBe(expected)
  })
})

describe('the time', () => {
  it.each<[string, object, number | undefined, number | undefined, number | undefined]>([
    ['goes with the clock of the message', { timestamp: at(-5), sentAt: at(1) }, NOW + 9, NOW - 5, NOW + 1],
    ['goes with the clock of the batch', { timestamp: at(-5) }, NOW + 9, NOW - 5, NOW + 9],
    ['is the original one where no other is', { originalTimestamp: at(-5) }, NOW, NOW - 5, NOW],
    ['has been put right by who received it before', { timestamp: at(-5), receivedAt: at(0) }, NOW, NOW - 5, undefined],
    ['is left out', {}, NOW, undefined, NOW],
  ])('%s', (_, fields, sentAt, time, clock) => {
    const { event, ...rest } = translated({ ...track, ...fields }, { ...around, sentAt })
    expect([event.time, rest.sentAt]).toEqual([time, clock])
  })
})

describe('a refusal names what its sender wrote', () => {
  const long = 'x'.repeat(300)
  it.each<[string, unknown, RegExp]>([
    ['no object', 3, /^event: .*expected object.*; a number came/],
    ['another type', { ...track, type: 'charge' }, /^"type": .*"track"/],
    ['no event', { ...track, event: undefined }, /^"event": .*expected string.*; nothing came/],
    ['a long event', { ...track, event: long }, /^"event": .*; a string of 300 characters came/],
    ['a reserved event', { ...track, event: '$mine' }, /^"event": expected names that do not start with \$; "\$mine"/],
    ['no user', { ...track, userId: null }, /^"userId": expected the user, or an anonymousId; nothing/],
    ['a user by number', { ...track, userId: 7 }, /^"userId": .*a number came/],
    ['a long user', { ...track, userId: undefined, anonymousId: long }, /^"anonymousId": /],
    ['a user with a control character', { ...track, userId: 'a\u0000' }, /^"userId": must not hold control/],
    ['a long id', { ...track, messageId: long }, /^"messageId": /],
    ['another time', { ...track, timestamp: 'now' }, /^"timestamp": expected a time of RFC 3339.*; a string of 3/],
    ['a time before all', { ...track, timestamp: '1969-01-01T00:00:00Z' }, /^"timestamp": /],
    ['an original time before all', { ...track, originalTimestamp: '1969-01-01T00:00:00Z' }, /^"originalTimestamp": /],
    ['text as value', { ...track, properties: { value: '3' } }, /^"properties"\."value": .*expected number/],
    ['text as revenue', { ...track, properties: { revenue: '3' } }, /^"properties"\."revenue": .*a string of 1/],
    ['a list of properties', { ...track, properties: [1] }, /^"properties": expected an object; an array of 1 came/],
    ['another name of a page', { type: 'page', userId: 'a', name: 3 }, /^"name": .*a number came/],
    [
      'a branch that is none',
      { ...track, context: { assay: { tests: { t: 1 } } } },
      /^"context"\."assay"\."tests"\."t": /,
    ],
    [
      'a reserved test',
      { ...track, context: { assay: { tests: { $t: 'b' } } } },
      /^"context"\."assay"\."tests": .*"\$t"/,
    ],
    ['no test viewed', viewed, /^"properties"\."experiment_id": expected the test/],
    ['no branch viewed', { ...viewed, properties: { experiment_id: 'e' } }, /^"properties"\."variation_id": /],
    [
      'a branch viewed that is none',
      { ...viewed, properties: { experiment_id: 'e', variation_name: 'a@b' } },
      /^"properties"\."variation_name": must be a branch name/,
    ],
    ['alias of nobody', { type: 'alias', userId: 'ann' }, /^"previousId": /],
    ['alias to nobody', { type: 'alias', previousId: 'ann' }, /^"userId": /],
  ])('%s', (_, message, words) => {
    expect(refusal(message)).toMatch(words)
  })

  it.each<[string, string | undefined, object, RegExp]>([
    ['no app', undefined, {}, /^"context"\."app": expected the app/],
    ['a reserved app of the address', '$a', {}, /^"\?app": /],
    ['a long namespace', undefined, { app: { namespace: long } }, /^"context"\."app"\."namespace": /],
    ['a reserved name', undefined, { app: { name: '$a' } }, /^"context"\."app"\."name": .*"\$a" came/],
  ])('%s', (_, app, context, words) => {
    expect(refusal({ ...track, context }, { ...around, app })).toMatch(words)
  })
})
