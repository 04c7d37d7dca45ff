import { expectTypeOf, test } from 'vitest'
import {
  assign,
  type Client,
  type ClientOptions,
  type Condition,
  createBareClient,
  createClient,
  type Decision,
  matches,
  remember,
} from './index.js'

/** Compiled, and never run: what must not compile is marked, and an error that does not come is one itself. */
export function whatMustNotCompile(client: Client, options: ClientOptions) {
  // @ts-expect-error a client needs to know where Assay answers
  createClient({ key: 'wk_1', app: 'shop' })
  // @ts-expect-error the bare client looks nothing up: it needs the user
  createBareClient({ url: '', key: '', app: '', config: { tests: {} } })
  // @ts-expect-error and the tests
  createBareClient({ url: '', key: '', app: '', user: 'ann' })
  // @ts-expect-error options are spelt right or not at all
  createClient({ ...options, honourPrivacySignals: false })
  // @ts-expect-error consent is one of three words
  client.consent('yes')
  // @ts-expect-error a test is named by a text
  client.assign(7)
  // @ts-expect-error values are numbers
  client.track('buy', '9.99')
  // @ts-expect-error props are flat
  client.track('buy', 1, { cart: { items: 3 } })
  // @ts-expect-error a branch is a text or, to let go of it, null
  client.force('checkout', undefined)
  // @ts-expect-error exposures are told of, not answered
  createClient({ ...options, onExposure: (exposure) => exposure.variant })
  // @ts-expect-error memory is made by a function
  createClient({ ...options, memory: remember })
  // @ts-expect-error the user of a client stays
  client.user = 'bob'
  // @ts-expect-error operators are known ones
  const unknown: Condition = { age: { $near: 30 } }
  // @ts-expect-error and take what they can compare
  const wrong: Condition = { email: { $startsWith: 7 } }
  // @ts-expect-error branches have weights
  assign('ann', 'checkout', [{ name: 'master' }])
  // @ts-expect-error attributes are flat
  client.describe({ address: { country: 'de' } })
  // @ts-expect-error reasons are words that are known
  const reason: Decision['reason'] = 'because'
  return [unknown, wrong, reason]
}

test('what apps are given has the types that they expect', () => {
  expectTypeOf<Client['assign']>().returns.toEqualTypeOf<string>()
  expectTypeOf<Client['explain']>().returns.toEqualTypeOf<Decision | undefined>()
  expectTypeOf<Client['track']>().returns.toEqualTypeOf<void>()
  expectTypeOf<Client['ready']>().toEqualTypeOf<Promise<void>>()
  expectTypeOf(matches).parameter(0).toEqualTypeOf<Condition>()
  expectTypeOf<Required<ClientOptions>['onDrop']>()
    .parameter(1)
    .toEqualTypeOf<'queue-full' | 'closed' | 'refused' | 'too-large' | 'no-consent'>()
})
