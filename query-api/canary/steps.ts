import type { RolloutState } from '@assay/core/control/rollout-state'
import type { TestState } from '@assay/core/control/test-state'
import type { Changes } from '../changes.js'
import { describeRoute } from '../describe-route.js'
import { etagOf } from '../etag.js'
import type { Api } from '../guarded.js'
import * as queries from '../queries.js'
import { type RolloutTold, rolloutChangedReply } from '../schemas.js'

/** A rollout's steps by people. */
export function serveSteps(api: Api, changes: Changes): void {
  const schema = describeRoute('Take a step of a rollout', {
    params: queries.definedParams,
    querystring: queries.noQuery,
    headers: queries.matchHeaders,
    body: queries.rolloutBody,
    response: { 200: rolloutChangedReply },
  })
  api.post('/v1/apps/:app/tests/:testId/rollout', { schema }, async ({ params, headers, body }, reply) => {
    const { version, stage, rollout } = await changes.stepRollout(params, headers['if-match'], body)
    reply.header('etag', etagOf(version))
    return { ...params, version, stage, rollout: rolloutTold(rollout!) }
  })
}

const time = (at: number) => new Date(at).toISOString()

/** A rollout's state as answers have it. */
export function rolloutTold({ began, since, last, ...state }: RolloutState): RolloutTold {
  const { action, at, by, why, dry, reasons } = last
  return { ...state, began: time(began), since: time(since), last: { action, at: time(at), by, why, dry, reasons } }
}

/** Beside a definition, where there is one. */
export const rolloutOf = ({ rollout }: Pick<TestState, 'rollout'>) => rollout && rolloutTold(rollout)
