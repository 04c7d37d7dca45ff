import type { RolloutAction } from '@assay/core/control/record'
import type { Canary } from '@assay/query-api/canary/reply'
import type { RolloutChanged } from '@assay/query-api/schemas'
import type { Server } from '../discover.js'
import { getJson, sendJson } from '../request.js'

export interface Asked {
  test?: string | undefined
  /** Seconds. */
  wait?: number
  seen?: string
}

/** A canary as it is, or as soon as it is another than `seen`. */
export function readCanary(server: Server, app: string, asked: Asked): Promise<Canary> {
  const known = Object.entries(asked).filter(([, value]) => value !== undefined)
  const query = new URLSearchParams(known.map(([name, value]): [string, string] => [name, String(value)]))
  return getJson(server, `/v1/apps/${encodeURIComponent(app)}/canary?${query}`)
}

export interface Step {
  action: RolloutAction
  release?: string | undefined
  why?: string | undefined
}

export const takeRolloutStep = (server: Server, app: string, test: string, step: Step): Promise<RolloutChanged> =>
  sendJson(server, 'POST', `/v1/apps/${encodeURIComponent(app)}/tests/${encodeURIComponent(test)}/rollout`, step)
