import type { RolloutAction } from '@assay/core/control/record'
import type { Canary } from '@assay/query-api/canary/reply'
import type { RolloutChanged } from '@assay/query-api/schemas'
import type { Server } from '../discover.js'
import { CommandError } from '../failure.js'
import { getJson, sendJson } from '../request.js'
import { shellWord } from '../style.js'

export interface Asked {
  test?: string | undefined
  /** Seconds. */
  wait?: number
  seen?: string
}

/** A canary as it is, or as soon as it is another than `seen`. @throws CommandError also for a test that is not there */
export async function readCanary(server: Server, app: string, asked: Asked): Promise<Canary> {
  const known = Object.entries(asked).filter(([, value]) => value !== undefined)
  const query = new URLSearchParams(known.map(([name, value]): [string, string] => [name, String(value)]))
  const search = known.length > 0 ? `?${query}` : ''
  const canary = await getJson<Canary>(server, `/v1/apps/${encodeURIComponent(app)}/canary${search}`)
  if (!canary.reasons.some(({ reason }) => reason === 'no-such-test')) return canary
  throw new CommandError(
    `Expected a test of ${app} that is defined; ${canary.testId} came.`,
    `See them with: assay test list ${shellWord(app)}`,
  )
}

export interface Step {
  action: RolloutAction
  release?: string | undefined
  why?: string | undefined
}

export const takeRolloutStep = (server: Server, app: string, test: string, step: Step): Promise<RolloutChanged> =>
  sendJson(server, 'POST', `/v1/apps/${encodeURIComponent(app)}/tests/${encodeURIComponent(test)}/rollout`, step)
