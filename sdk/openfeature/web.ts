import {
  type EvaluationContext,
  OpenFeatureEventEmitter,
  type Provider,
  type ProviderEmittableEvents,
  type ResolutionDetails,
} from '@openfeature/web-sdk'
import type { Client } from '../client.js'
import { attributesOf, propsOf, valueIn } from './context.js'
import { createLifecycle } from './lifecycle.js'
import { type Kind, type ProviderOptions, resolve } from './resolve.js'

/** Flags of a page from the tests of a client, whose user counts in each test that is evaluated. */
export function createWebProvider(client: Client, options: ProviderOptions = {}): Provider {
  const events = new OpenFeatureEventEmitter()
  const { initialize, onClose, quietly } = createLifecycle(client, (event, details) =>
    events.emit(event as ProviderEmittableEvents, details),
  )
  /** Who the client's user turned out to be. */
  let known: string | undefined
  let { user: knownAs } = client
  const tell = (context: EvaluationContext) => {
    const user = context.targetingKey || undefined
    // The app has reset the client itself.
    if (knownAs !== client.user) known = undefined
    // Somebody else on the same device, or nobody yet: both would count as one.
    if (known && user !== known) client.reset()
    client.describe(attributesOf(context))
    if (user && user !== known) client.identify(user)
    known = user
    knownAs = client.user
  }
  const resolver =
    <T>(kind: Kind) =>
    (testId: string, fallback: T) =>
      resolve(client.config, client, options, kind, testId, fallback) as ResolutionDetails<T>
  return {
    metadata: { name: 'assay' },
    runsOn: 'client',
    events,
    initialize(context = {}) {
      // Nothing is not said of the user: what the client was given stays.
      if (Object.keys(context).length) tell(context)
      return initialize()
    },
    onClose,
    onContextChange: (_, context) => quietly(() => tell(context)),
    resolveBooleanEvaluation: resolver<boolean>('boolean'),
    resolveStringEvaluation: resolver<string>('string'),
    resolveNumberEvaluation: resolver<number>('number'),
    resolveObjectEvaluation: (testId, fallback) => resolver<typeof fallback>('object')(testId, fallback),
    track: (event, _, details) => client.track(event, valueIn(details), propsOf(details)),
  }
}
