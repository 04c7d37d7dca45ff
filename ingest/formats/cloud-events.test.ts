import { describe, expect, it } from 'vitest'
import { Refusal, validate } from '../validate.js'
import { translateCloudEvent } from './cloud-events.js'

const event = { specversion: '1.0', id: '1', source: '/shop', type: 'purchase', subject: 'ann', app: 'shop' }
const ours = { id: '/shop 1', app: 'shop', user: 'ann', event: 'purchase' }

function judged(raw: unknown, app?: string) {
  const meant = translateCloudEvent(raw, app)
  if (meant instanceof Refusal) return { judged: meant }
  return { judged: validate(meant.event, meant.origins), dropped: meant.dropped }
}

describe('a CloudEvent becomes an event', () => {
  it.each<[string, object, object, number]>([
    ['its attributes', {}, ours, 0],
    ['its time', { time: '1970-01-01T00:00:01.5+00:00' }, { ...ours, time: 1500 }, 0],
    ['unset attributes, as null', { time: null, data: null }, ours, 0],
    ['extensions are passed over', { traceparent: '00-1-2-00', dataschema: 'x:y' }, ours, 0],
    ['value', { data: { value: 2.5 } }, { ...ours, value: 2.5 }, 0],
    ['tests', { data: { tests: { t: 'b@1' } } }, { ...ours, tests: { t: 'b@1' } }, 0],
    ['one test', { data: { testId: 't', branch: 'b' } }, { ...ours, testId: 't', branch: 'b' }, 0],
    ['props', { data: { props: { n: 1, b: true } } }, { ...ours, props: { n: 1, b: true } }, 0],
    ['the rest of data is dropped', { data: { value: 1, order: 7, items: [], note: null } }, { ...ours, value: 1 }, 2],
    ['the user of data before the subject', { data: { user: 'bob' } }, { ...ours, user: 'bob' }, 0],
    ['the app of data', { app: undefined, data: { app: 'web' } }, { ...ours, app: 'web' }, 0],
    ['an exposure', { type: '$exposure', data: { testId: 't', branch: 'b' } }, { event: '$exposure' }, 0],
  ])('%s', (_, fields, expected, dropped) => {
    expect(judged({ ...event, ...fields })).toEqual({ judged: expect.objectContaining(expected), dropped })
  })

  it('the app of the address comes before that of the event', () => {
    expect(judged(event, 'web').judged).toMatchObject({ app: 'web' })
  })
})

describe('the id', () => {
  const idOf = (source: string, id: string) => (judged({ ...event, source, id }).judged as { id: string }).id

  it('is of the source and the id', () => {
    expect(idOf('/a', 'b c')).toBe('/a b c')
    expect(idOf('/a', '1')).not.toBe(idOf('/b', '1'))
  })

  it('is a digest where these are too long', () => {
    const ids = [idOf('/a', 'x'.repeat(125)), idOf('/a', 'x'.repeat(126)), idOf('/a', 'x'.repeat(127))]
    expect(ids.map((id) => id.length)).toEqual([128, 43, 43])
    expect(new Set(ids).size).toBe(3)
  })
})

describe('a refusal names what its sender wrote', () => {
  it.each<[string, unknown, RegExp]>([
    ['no object', [], /^event: .*expected object.*; an array of 0 came/],
    ['another version', { ...event, specversion: '0.3' }, /^"specversion": .*"1.0"/],
    ['no version', { ...event, specversion: undefined }, /^"specversion": .*nothing came/],
    ['no id', { ...event, id: undefined }, /^"id": /],
    ['an id without characters', { ...event, id: '' }, /^"id": /],
    ['an id with a control character', { ...event, id: 'a\u0000' }, /^"id": must not hold control/],
    ['no source', { ...event, source: '' }, /^"source": expected a URI reference/],
    ['a source with a space', { ...event, source: '/a b' }, /^"source": /],
    ['no type', { ...event, type: undefined }, /^"type": /],
    ['a reserved type', { ...event, type: '$mine' }, /^"type": .*"\$mine" came/],
    ['a long type', { ...event, type: 'x'.repeat(129) }, /^"type": .*129 characters/],
    ['another time', { ...event, time: 1 }, /^"time": expected a time of RFC 3339.*; a number came/],
    ['bytes', { ...event, data_base64: 'AQI=' }, /^"data_base64": expected JSON in data, not bytes/],
    ['text as data', { ...event, data: '<xml/>' }, /^"data": expected an object; a string/],
    ['no user', { ...event, subject: null }, /^"subject": expected the user, or one in data.user; nothing/],
    ['a user by number', { ...event, data: { user: 7 } }, /^"data"\."user": .*a number came/],
    ['a long subject', { ...event, subject: 'x'.repeat(300) }, /^"subject": /],
    ['no app', { ...event, app: undefined }, /^"app": expected the app/],
    ['a reserved app', { ...event, app: '$a' }, /^"app": .*"\$a" came/],
    ['an app of another type', { ...event, app: undefined, data: { app: {} } }, /^"data"\."app": .*an object came/],
    ['text as value', { ...event, data: { value: '3' } }, /^"data"\."value": .*expected number/],
    ['another branch', { ...event, data: { tests: { t: 1 } } }, /^"data"\."tests"\."t": /],
    [
      'too many props',
      { ...event, data: { props: Object.fromEntries(Array(17).entries()) } },
      /^"data"\."props": .*16/,
    ],
    ['a test without branch', { ...event, data: { testId: 't' } }, /testId and branch go together/],
  ])('%s', (_, raw, words) => {
    expect((judged(raw).judged as Refusal).message).toMatch(words)
  })
})
