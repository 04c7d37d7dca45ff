import type { ErrorCode, EvaluationContext, EvaluationDetails, FlagValue, JsonValue } from '@openfeature/core'
import { OpenFeature as OnServer } from '@openfeature/server-sdk'
import { OpenFeature as InPage } from '@openfeature/web-sdk'
import { beforeEach, describe, expect, test } from 'vitest'
import { matches } from '../../core/condition.js'
import { type Client, createClient } from '../client.js'
import { fakeService } from '../testkit/fake-service.js'
import { full, staff, tests, values } from '../testkit/flags.js'
import { createServerProvider } from './server.js'
import { createWebProvider } from './web.js'

/** Evaluates in the place that it is about, whatever the type of the default. */
type Evaluate = (
  flag: string,
  fallback: JsonValue,
  context?: EvaluationContext,
) => Promise<EvaluationDetails<FlagValue>>

const methods = {
  boolean: 'getBooleanDetails',
  string: 'getStringDetails',
  number: 'getNumberDetails',
  object: 'getObjectDetails',
} as const
const detailsOf = (flags: object, fallback: JsonValue) =>
  (flags as Record<string, Evaluate>)[methods[typeof fallback as keyof typeof methods]]!.bind(flags)

const newClient = (isReady: boolean) =>
  createClient({
    ...fakeService(tests).options,
    user: 'ann',
    targeting: matches,
    refresh: 0,
    ...(isReady ? { config: { tests } } : { fetch: () => new Promise(() => {}) }),
  })

interface Place {
  register(client: Client): Promise<unknown>
  evaluate: Evaluate
}

const places: Record<string, Place> = {
  server: {
    register: (client) => OnServer.setProviderAndWait('shop', createServerProvider(client, { values })),
    evaluate: (flag, fallback, context) =>
      detailsOf(OnServer.getClient('shop'), fallback)(flag, fallback, { targetingKey: 'ann', ...context }),
  },
  page: {
    register: (client) => InPage.setProviderAndWait('shop', createWebProvider(client, { values })),
    async evaluate(flag, fallback, context) {
      await InPage.setContext('shop', { targetingKey: 'ann', ...context })
      return detailsOf(InPage.getClient('shop'), fallback)(flag, fallback)
    },
  },
}

const error = (value: FlagValue, code: `${ErrorCode}`) => ({ value, reason: 'ERROR', errorCode: code })

const stranger = { email: 'bob@example.com' }
/** Flags of staff: the default, what staff have, and what everybody else has. */
const targeted: [flag: string, fallback: JsonValue, zero: FlagValue, other: FlagValue][] = [
  ['staffBanner', true, false, false],
  ['staffText', 'x', '', 'some'],
  ['staffRows', 7, 0, 1],
  ['staffRatio', 0.1, 0, 0.5],
  ['staffGallery', { a: 1 }, {}, full],
]

type Scenario = [title: string, flag: string, fallback: JsonValue, context: EvaluationContext, expected: object]

/** Scenarios of the specification's own suites by their titles, on tests of ours. */
const scenarios: Scenario[] = [
  ['Resolve values', 'banner', false, {}, { value: true }],
  ['Resolve values', 'greeting', 'bye', {}, { value: 'hi' }],
  ['Resolve values', 'rows', 1, {}, { value: 10 }],
  ['Resolve values', 'ratio', 0.1, {}, { value: 0.5 }],
  ['Resolve values', 'gallery', {}, {}, { value: full }],
  ['Structure flag evaluation', 'gallery', {}, {}, { value: full, reason: 'STATIC' }],
  ['Resolves zero value', 'bannerOff', true, {}, { value: false, reason: 'STATIC' }],
  ['Resolves zero value', 'silence', 'some', {}, { value: '', reason: 'STATIC' }],
  ['Resolves zero value', 'noRows', 1, {}, { value: 0, reason: 'STATIC' }],
  ['Resolves zero value', 'noRatio', 0.1, {}, { value: 0, reason: 'STATIC' }],
  ['Resolves zero value', 'noGallery', { a: 1 }, {}, { value: {}, reason: 'STATIC' }],
  ...targeted.flatMap(([flag, fallback, zero, other]): Scenario[] => [
    ['Resolves zero value with targeting', flag, fallback, staff, { value: zero, reason: 'TARGETING_MATCH' }],
    ['Resolves zero value with targeting using default', flag, fallback, stranger, { value: other, reason: 'DEFAULT' }],
    ['Empty evaluation context', flag, fallback, {}, { value: other, reason: 'DEFAULT' }],
    ['Null context values', flag, fallback, { email: null }, { value: other, reason: 'DEFAULT' }],
  ]),
  [
    'Multiple context attributes targeting',
    'audience',
    'x',
    { ...staff, role: 'admin', age: 65, guest: false },
    { value: 'inside', reason: 'TARGETING_MATCH' },
  ],
  [
    'Multiple context attributes targeting',
    'audience',
    'x',
    { ...staff, role: 'admin', age: 9, guest: false },
    { value: 'outside', reason: 'DEFAULT' },
  ],
  ['Flag not found error', 'unheard-of', false, {}, error(false, 'FLAG_NOT_FOUND')],
  ['Flag not found error', 'unheard-of', 'bye', {}, error('bye', 'FLAG_NOT_FOUND')],
  ['Flag not found error', 'unheard-of', 0.1, {}, error(0.1, 'FLAG_NOT_FOUND')],
  ['Flag not found error', 'unheard-of', { a: 1 }, {}, error({ a: 1 }, 'FLAG_NOT_FOUND')],
  ['Flag not found error', 'toString', 'bye', {}, error('bye', 'FLAG_NOT_FOUND')],
  ['Type mismatch error', 'greeting', false, {}, error(false, 'TYPE_MISMATCH')],
  ['Type mismatch error', 'rows', 'bye', {}, error('bye', 'TYPE_MISMATCH')],
  ['Type mismatch error', 'checkout', 1, {}, error(1, 'TYPE_MISMATCH')],
  ['Type mismatch error', 'checkout', { a: 1 }, {}, error({ a: 1 }, 'TYPE_MISMATCH')],
  [
    'Complete evaluation details structure',
    'banner',
    false,
    {},
    { flagKey: 'banner', value: true, variant: 'shown', reason: 'STATIC' },
  ],
  [
    'Complete evaluation details structure',
    'gallery',
    {},
    {},
    { flagKey: 'gallery', value: full, variant: 'full', reason: 'STATIC' },
  ],
  ...[
    ['greeting', 'bye', 'hi', 'hello'],
    ['rows', 1, 10, 'ten'],
    ['ratio', 0.1, 0.5, 'half'],
  ].map(
    ([flag, fallback, value, variant]): Scenario => [
      'Complete evaluation details structure',
      `${flag}`,
      fallback!,
      {},
      { flagKey: flag, value, variant, reason: 'STATIC' },
    ],
  ),
  ['Variant field population', 'banner', false, {}, { variant: 'shown' }],
  ['Variant field population', 'rows', 1, {}, { variant: 'ten' }],
  ['Variant field population', 'gallery', {}, {}, { variant: 'full' }],
  ['Variant field population', 'greeting', 'bye', {}, { variant: 'hello' }],
  ['Variant field population', 'ratio', 0.1, {}, { variant: 'half' }],
  ['Flag metadata in evaluation details', 'banner', false, {}, { flagMetadata: { testId: 'banner', version: 3 } }],
  ['Flag metadata in evaluation details', 'greeting', 'x', {}, { flagMetadata: { testId: 'greeting' } }],
]

/** What the specification has words for and no scenario. */
const beyond: Scenario[] = [
  ['a test that is split', 'checkout', 'x', {}, { value: 'master', variant: 'master', reason: 'SPLIT' }],
  ['the control as a boolean', 'checkout', true, {}, { value: false, variant: 'master', reason: 'SPLIT' }],
  ['a test that is over', 'over', 'x', {}, { value: 'fast', reason: 'STATIC' }],
  ['a share of users', 'share', 'x', {}, { value: 'on', reason: 'SPLIT' }],
  [
    'lists and times',
    'early',
    'x',
    { tags: [{}, 'beta'], since: new Date(0) },
    { value: 'yes', reason: 'TARGETING_MATCH' },
  ],
  ['structures', 'early', 'x', { tags: { beta: 'beta' }, since: new Date(0) }, { value: 'no', reason: 'DEFAULT' }],
  ['a branch that is named true', 'sale', false, {}, { value: true, variant: 'true', reason: 'STATIC' }],
  ['a branch that is named off', 'chat', true, {}, { value: false, variant: 'off', reason: 'STATIC' }],
  ['a branch that is named by a number', 'pageSize', 10, {}, { value: 50, variant: '50', reason: 'STATIC' }],
  ['a branch that is named by a fraction', 'discount', 1, {}, { value: 0.5, variant: '0.5', reason: 'STATIC' }],
  ['a number as a text', 'pageSize', '10', {}, { value: '50', variant: '50', reason: 'STATIC' }],
  ['another branch as a boolean', 'over', false, {}, { value: true, variant: 'fast', reason: 'STATIC' }],
]

describe.each(Object.entries(places))('on a %s', (place, { evaluate, register }) => {
  beforeEach(() => register(newClient(true)))

  test.each([...scenarios, ...beyond])('%s: %s', async (_title, flag, fallback, context, expected) => {
    expect(await evaluate(flag, fallback, context)).toMatchObject(expected)
  })

  test.each([false, 'bye', 1, 0.1, { a: 1 }])('Provider not ready error: %j', async (fallback) => {
    register(newClient(false)).catch(() => {})
    expect(await evaluate('banner', fallback)).toMatchObject(error(fallback, 'PROVIDER_NOT_READY'))
  })

  test('CACHED reason: a branch that stays does so where the client remembers it, which is in a page', async () => {
    const reasons = [await evaluate('settled', 'x'), await evaluate('settled', 'x')].map(({ reason }) => reason)
    expect(reasons).toEqual(place === 'page' ? ['STATIC', 'CACHED'] : ['STATIC', 'STATIC'])
  })

  test('Evaluation context immutability', async () => {
    const context = Object.freeze({ email: 'ann@staff.example', tags: Object.freeze(['a']) })
    const details = await evaluate('staffText', 'x', context as unknown as EvaluationContext)
    expect(context).toEqual({ email: 'ann@staff.example', tags: ['a'] })
    expect(Object.isFrozen(details.flagMetadata)).toBe(true)
  })

  test.each([
    [
      'Passes evaluation details to after and finally hooks',
      'banner',
      false,
      ['before', 'after', 'finally'],
      { value: true, variant: 'shown', reason: 'STATIC' },
    ],
    ['Flag not found', 'unheard-of', 'bye', ['before', 'error', 'finally'], error('bye', 'FLAG_NOT_FOUND')],
    ['Type error', 'greeting', false, ['before', 'error', 'finally'], error(false, 'TYPE_MISMATCH')],
  ])('%s', async (_title, flag, fallback, order, expected) => {
    const called: string[] = []
    let details: unknown
    const hook = {
      before: () => void called.push('before'),
      after: () => void called.push('after'),
      error: () => void called.push('error'),
      finally: (_: unknown, given: unknown) => {
        called.push('finally')
        details = given
      },
    }
    const api = place === 'server' ? OnServer : InPage
    api.addHooks(hook)
    await evaluate(flag, fallback)
    api.clearHooks()
    expect(called).toEqual(order)
    expect(details).toMatchObject(expected)
  })
})
