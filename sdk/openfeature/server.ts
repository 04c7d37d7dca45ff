import {
  type EvaluationContext,
  OpenFeatureEventEmitter,
  type Provider,
  type ResolutionDetails,
  type ServerProviderEvents,
} from '@openfeature/server-sdk'
import type { Client } from '../client.js'
import type { Visitor } from '../visitor.js'
import { attributesOf, propsOf, valueIn } from './context.js'
import { createLifecycle } from './lifecycle.js'
import { type Kind, type ProviderOptions, refuse, resolve } from './resolve.js'

/** Users whose exposures are remembered, so that what they do names their tests. */
const REMEMBERED = 10_000
/** Characters of a user's id at the most. */
const USER_LENGTH = 256

/** Flags of a server from the tests of a client. Each evaluation counts its user, the targeting key, in the test. */
export function createServerProvider(client: Client, options: ProviderOptions = {}): Provider {
  const events = new OpenFeatureEventEmitter()
  const { initialize, onClose } = createLifecycle(client, (event, details) =>
    events.emit(event as ServerProviderEvents, details),
  )
  const visitorOf = createVisitors(client)
  const resolver =
    <T>(kind: Kind) =>
    async (testId: string, fallback: T, context: EvaluationContext) => {
      const { targetingKey: user } = context
      const resolution = !user
        ? refuse(fallback, 'TARGETING_KEY_MISSING', 'targetingKey: expected the id of the user')
        : typeof user !== 'string' || user.length > USER_LENGTH
          ? refuse(fallback, 'INVALID_CONTEXT', `targetingKey: expected a string of 1 to ${USER_LENGTH} characters`)
          : resolve(client.config, visitorOf(context), options, kind, testId, fallback)
      return resolution as ResolutionDetails<T>
    }
  return {
    metadata: { name: 'assay' },
    runsOn: 'server',
    events,
    initialize,
    onClose,
    resolveBooleanEvaluation: resolver<boolean>('boolean'),
    resolveStringEvaluation: resolver<string>('string'),
    resolveNumberEvaluation: resolver<number>('number'),
    resolveObjectEvaluation: (testId, fallback, context) =>
      resolver<typeof fallback>('object')(testId, fallback, context),
    track: (event, context, details) => visitorOf(context).track(event, valueIn(details), propsOf(details)),
  }
}

/** Makes a context's user, with what was reported of the latest ones. */
function createVisitors(client: Client): (context: EvaluationContext) => Visitor {
  const exposures = new Map<string, Record<string, string>>()
  return (context) => {
    const user = context.targetingKey ?? ''
    const exposed = exposures.get(user) ?? {}
    exposures.delete(user)
    exposures.set(user, exposed)
    if (exposures.size > REMEMBERED) exposures.delete(exposures.keys().next().value!)
    return client.visitor({ user, attributes: attributesOf(context), exposed })
  }
}
