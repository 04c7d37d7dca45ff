import { AsyncLocalStorageTransactionContextPropagator, OpenFeature } from '@openfeature/server-sdk'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { matches } from '../../core/condition.js'
import { createClient } from '../client.js'
import { fakeService } from '../testkit/fake-service.js'
import { createServerProvider } from './server.js'

/** Levels of contexts by their precedence, as the specification has them: the last one wins. */
const levels = ['API', 'Transaction', 'Client', 'Invocation', 'Before Hooks'] as const
type Level = (typeof levels)[number]

/** A flag for each level, whose users are those of whom a context says so. */
const tests = Object.fromEntries(
  levels.map((level) => [
    level,
    {
      branches: [
        { name: 'seen', weight: 1 },
        { name: 'other', weight: 0 },
      ],
      control: 'other',
      targeting: { key: level },
    },
  ]),
)

beforeEach(async () => {
  OpenFeature.setTransactionContextPropagator(new AsyncLocalStorageTransactionContextPropagator())
  const client = createClient({ ...fakeService(tests).options, config: { tests }, refresh: 0, targeting: matches })
  await OpenFeature.setProviderAndWait('levels', createServerProvider(client))
})
afterEach(async () => {
  OpenFeature.setContext({})
  await OpenFeature.close()
})

/** Which of the flags targeting finds, with contexts of some levels that each name themselves. */
async function found(given: readonly Level[], flag: Level): Promise<string> {
  const of = (level: Level) => (given.includes(level) ? { key: level } : {})
  const flags = OpenFeature.getClient('levels')
  OpenFeature.setContext(of('API'))
  flags.setContext(of('Client'))
  if (given.includes('Before Hooks')) flags.addHooks({ before: () => of('Before Hooks') })
  return new Promise((resolve) => {
    OpenFeature.setTransactionContext(of('Transaction'), () => {
      resolve(flags.getStringValue(flag, 'x', { targetingKey: 'ann', ...of('Invocation') }))
    })
  })
}

test.each(levels)('A context entry is added to a single level: targeting sees that of %s', async (level) => {
  expect(await found([level], level)).toBe('seen')
})

test.each(levels)('a context entry in one level overwrites values from preceding levels, down to %s', async (level) => {
  const given = levels.slice(0, levels.indexOf(level) + 1)
  const answers = await Promise.all(levels.map((flag) => found(given, flag)))
  expect(levels.filter((_, i) => answers[i] === 'seen')).toEqual([level])
})

test.each([
  [undefined, 'TARGETING_KEY_MISSING'],
  ['', 'TARGETING_KEY_MISSING'],
  ['x'.repeat(257), 'INVALID_CONTEXT'],
  [7 as unknown as string, 'INVALID_CONTEXT'],
])('a targeting key of %j is %s', async (targetingKey, errorCode) => {
  const context = targetingKey === undefined ? {} : { targetingKey }
  expect(await OpenFeature.getClient('levels').getBooleanDetails('API', false, context)).toMatchObject({
    value: false,
    reason: 'ERROR',
    errorCode,
  })
})
