import type { DefinedMetric, MetricChanged, MetricHistory, Metrics } from '@assay/query-api/schemas'
import type { Server } from './discover.js'
import { CommandError } from './failure.js'
import { type MetricOptions, metricOf } from './metric-definition.js'
import { getJson, isMismatch, Refusal, sendJson } from './request.js'
import { shellWord } from './style.js'

export interface MetricName {
  app: string
  name: string
}

const pathOf = ({ app, name }: MetricName, step = '') =>
  `/v1/apps/${encodeURIComponent(app)}/metrics/${encodeURIComponent(name)}${step}`

export const listMetrics = (server: Server, app: string) =>
  getJson<Metrics>(server, `/v1/apps/${encodeURIComponent(app)}/metrics`)
export const showMetric = (server: Server, name: MetricName) => getJson<DefinedMetric>(server, pathOf(name))
export const metricHistoryOf = (server: Server, name: MetricName) =>
  getJson<MetricHistory>(server, pathOf(name, '/history'))

export interface SetMetric {
  changed: MetricChanged
  /** Which name it. */
  tests: DefinedMetric['tests']
}

/**
 * Makes a metric, or changes the one there is. @throws CommandError where another changes it meanwhile, and of options
 * that say too little
 */
export async function setMetric(
  server: Server,
  name: MetricName,
  options: MetricOptions,
  why: string | undefined,
): Promise<SetMetric> {
  const before = await showMetric(server, name).catch((error) => {
    if (error instanceof Refusal && error.reason === 'metric-not-found') return undefined
    throw error
  })
  const body = { ...metricOf(options, before?.definition), ...(why !== undefined && { why }) }
  const match: Record<string, string> = before === undefined ? {} : { 'if-match': `"${before.version}"` }
  const changed = await sendJson<MetricChanged>(server, 'PUT', pathOf(name), body, match).catch((error) => {
    if (!isMismatch(error)) throw error
    throw new CommandError(
      `Expected ${name.name} to stay as it was read; another changed it meanwhile.`,
      `See who with: assay metric history ${shellWord(name.app)} ${shellWord(name.name)}`,
    )
  })
  return { changed, tests: before?.tests ?? [] }
}
