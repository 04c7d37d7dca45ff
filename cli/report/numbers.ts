import { isShare } from '@assay/core/definition/metric'
import type { Metric } from '@assay/query-api/analysis/reply'

/** Numbers as people read them: grouped, with a true minus, few digits; beyond a billion and below a thousandth with an exponent. */

/** A size without its sign. */
function size(x: number): string {
  const abs = Math.abs(x)
  if (abs === 0) return '0'
  if (abs >= 1e9 || abs < 1e-3) return abs.toExponential(2).replace('e+', 'e')
  const digits = abs >= 1000 ? 0 : abs >= 10 ? 2 : abs >= 0.1 ? 3 : 5
  return abs.toLocaleString('en-US', { maximumFractionDigits: digits })
}

/** A size in percent without its sign; in times where percent would only be more digits. */
function percentSize(share: number): string {
  if (Math.abs(share) >= 1e7) return `${size(share)} times`
  const abs = Math.abs(share * 100)
  if (abs === 0) return '0 %'
  if (abs < 1e-3) return `${abs.toExponential(1).replace('e+', 'e')} %`
  const digits = abs >= 1000 ? 0 : abs >= 1 ? 1 : abs >= 0.01 ? 2 : 3
  return `${abs.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })} %`
}

const sign = (x: number) => (x < 0 ? '−' : x > 0 ? '+' : '')

export const number = (x: number): string => (x < 0 ? '−' : '') + size(x)
export const change = (x: number): string => sign(x) + size(x)
export const percent = (share: number): string => (share < 0 ? '−' : '') + percentSize(share)
export const percentChange = (share: number): string => sign(share) + percentSize(share)

export const probability = (p: number): string =>
  p < 0.0001 ? '<0.0001' : p > 0.9999 ? '1' : p.toFixed(4).replace(/0+$/, '')

/** The value of a metric in a branch. */
export const level = (metric: Metric, value: number): string =>
  !isShare(metric.kind) ? number(value) : value < 0.001 ? percent(value) : `${(100 * value).toFixed(2)} %`

/** An absolute effect: of shares in percentage points. */
export const effect = (metric: Metric, value: number): string =>
  isShare(metric.kind) ? `${change(100 * value)} pp` : change(value)

/** Both ends, with their unit once. */
export function interval(ci: readonly [number, number], format: (x: number) => string): string {
  const [low, high] = ci.map(format) as [string, string]
  const unit = / (?:%|pp|times)$/.exec(high)?.[0] ?? ''
  return `${low.endsWith(unit) ? low.slice(0, low.length - unit.length) : low} to ${high}`
}

/** An instant to the minute, UTC. */
export const minute = (instant: string): string => `${instant.slice(0, 16).replace('T', ' ')} UTC`
