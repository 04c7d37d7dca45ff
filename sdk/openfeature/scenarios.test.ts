import type { ErrorCode, EvaluationContext, EvaluationDetails, FlagValue, JsonValue } from '@openfeature/core'
import { OpenFeature as OnServer } from '@openfeature/server-sdk'
import { OpenFeature as InPage } from '@openfeature/web-sdk'
import { beforeEach, describe, expect, test } from 'vitest'
import { matches } from '../../core/condition.js'
import { coverage } from '../../core/decide.js'
import { type Client, createClient } from '../client.js'
import type { Tests } from '../options.js'
import { fakeService } from '../testkit/fake-service.js'
import { createServerProvider } from './server.js'
import { createWebProvider } from './web.js'

/** A flag that is not split: all weight is on the first branch. */
const always = (first: string, other: string) => ({
  branches: [
    { name: first, weight: 1 },
    { name: other, weight: 0 },
  ],
})
const staff = { email: 'ann@staff.example' }
/** Staff get the first branch, everybody else the other one, which is the control. */
const forStaff = (first: string, other: string) => ({ ...always(first, other), control: other, targeting: staff })

const tests: Tests = {
  banner: { ...always('shown', 'hidden'), control: 'hidden', version: 3 },
  bannerOff: always('hidden', 'shown'),
  greeting: always('hello', 'bye'),
  silence: always('none', 'some'),
  rows: always('ten', 'one'),
  noRows: always('zero', 'one'),
  ratio: always('half', 'tenth'),
  gallery: always('full', 'empty'),
  noGallery: always('empty', 'full'),
  staffBanner: { ...forStaff('hidden', 'hidden-too'), control: 'hidden' },
  staffText: forStaff('none', 'some'),
  staffRows: forStaff('zero', 'one'),
  staffGallery: forStaff('empty', 'full'),
  audience: {
    ...forStaff('inside', 'outside'),
    targeting: { ...staff, age: { $gt: 10 }, role: 'admin', guest: false },
  },
  checkout: {
    branches: [
      { name: 'master', weight: 1 },
      { name: 'one-page', weight: 1 },
    ],
  },
  settled: { ...always('master', 'fast'), sticky: true },
  over: { ...always('master', 'fast'), ship: 'fast' },
  share: { ...always('on', 'off'), within: [coverage('share', 1)] },
  sale: always('true', 'false'),
  chat: { ...always('off', 'on'), control: 'on' },
  pageSize: always('50', '10'),
  discount: always('0.5', '1'),
  early: { ...forStaff('yes', 'no'), targeting: { tags: 'beta', since: { $lt: '2026-01-01' } } },
}
const full = { pictures: true, title: 'Our best', perPage: 100 }
const values = {
  silence: { none: '', some: 'some' },
  greeting: { hello: 'hi', bye: 'bye' },
  rows: { ten: 10, one: 1 },
  noRows: { zero: 0, one: 1 },
  ratio: { half: 0.5, tenth: 0.1 },
  gallery: { full, empty: {} },
  noGallery: { full, empty: {} },
  staffText: { none: '', some: 'some' },
  staffRows: { zero: 0, one: 1 },
  staffGallery: { empty: {}, full },
}

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

/** Scenarios of the specification's own suites by their titles, on tests of ours. */
const scenarios: [title: string, flag: string, fallback: JsonValue, context: EvaluationContext, expected: object][] = [
  ['Resolve values', 'banner', false, {}, { value: true }],
  ['Resolve values', 'greeting', 'bye', {}, { value: 'hi' }],
  ['Resolve values', 'rows', 1, {}, { value: 10 }],
  ['Resolve values', 'ratio', 0.1, {}, { value: 0.5 }],
  ['Resolve values', 'gallery', {}, {}, { value: full }],
  ['Structure flag evaluation', 'gallery', {}, {}, { value: full, reason: 'STATIC' }],
  ['Resolves zero value', 'bannerOff', true, {}, { value: false, reason: 'STATIC' }],
  ['Resolves zero value', 'silence', 'some', {}, { value: '', reason: 'STATIC' }],
  ['Resolves zero value', 'noRows', 1, {}, { value: 0, reason: 'STATIC' }],
  ['Resolves zero value', 'noGallery', { a: 1 }, {}, { value: {}, reason: 'STATIC' }],
  ['Resolves zero value with targeting', 'staffBanner', true, staff, { value: false, reason: 'TARGETING_MATCH' }],
  ['Resolves zero value with targeting', 'staffText', 'x', staff, { value: '', reason: 'TARGETING_MATCH' }],
  ['Resolves zero value with targeting', 'staffRows', 7, staff, { value: 0, reason: 'TARGETING_MATCH' }],
  ['Resolves zero value with targeting', 'staffGallery', { a: 1 }, staff, { value: {}, reason: 'TARGETING_MATCH' }],
  [
    'Resolves zero value with targeting using default',
    'staffBanner',
    true,
    { email: 'bob@example.com' },
    { value: false, reason: 'DEFAULT' },
  ],
  [
    'Resolves zero value with targeting using default',
    'staffText',
    'x',
    { email: 'bob@example.com' },
    { value: 'some', reason: 'DEFAULT' },
  ],
  [
    'Resolves zero value with targeting using default',
    'staffRows',
    7,
    { email: 'bob@example.com' },
    { value: 1, reason: 'DEFAULT' },
  ],
  ['Empty evaluation context', 'staffBanner', true, {}, { value: false, reason: 'DEFAULT' }],
  ['Null context values', 'staffBanner', true, { email: null }, { value: false, reason: 'DEFAULT' }],
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
  ['Variant field population', 'greeting', 'bye', {}, { variant: 'hello' }],
  ['Variant field population', 'ratio', 0.1, {}, { variant: 'half' }],
  ['Flag metadata in evaluation details', 'banner', false, {}, { flagMetadata: { testId: 'banner', version: 3 } }],
  ['Flag metadata in evaluation details', 'greeting', 'x', {}, { flagMetadata: { testId: 'greeting' } }],
]

/** What the specification has words for and no scenario. */
const beyond: typeof scenarios = [
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
    void register(newClient(false))
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

describe('on a server, context', () => {
  beforeEach(() => places.server!.register(newClient(true)))

  test.each(['API', 'Client', 'Invocation', 'Before Hooks'])(
    'A context entry is added to a single level: targeting sees that of %s',
    async (level) => {
      const flags = OnServer.getClient('shop')
      if (level === 'API') OnServer.setContext(staff)
      if (level === 'Client') flags.setContext(staff)
      if (level === 'Before Hooks') flags.addHooks({ before: () => staff })
      const given = { targetingKey: 'ann', ...(level === 'Invocation' && staff) }
      expect(await flags.getStringDetails('staffText', 'x', given)).toMatchObject({ value: '' })
      OnServer.setContext({})
    },
  )

  test.each([
    [undefined, 'TARGETING_KEY_MISSING'],
    ['', 'TARGETING_KEY_MISSING'],
    ['x'.repeat(257), 'INVALID_CONTEXT'],
    [7 as unknown as string, 'INVALID_CONTEXT'],
  ])('a targeting key of %j is %s', async (targetingKey, errorCode) => {
    const context = targetingKey === undefined ? {} : { targetingKey }
    expect(await OnServer.getClient('shop').getBooleanDetails('banner', false, context)).toMatchObject({
      value: false,
      reason: 'ERROR',
      errorCode,
    })
  })
})
