import { AssayError } from '@assay/core/errors'
import { shown } from './validate.js'

/** A version as an entity tag. */
export const etagOf = (version: number) => `"${version}"`

/** By weak comparison (RFC 9110, section 13.1.2): proxies that compress make tags weak. */
export function isAmong(tag: string, ifNoneMatch: string | undefined): boolean {
  const asked = (ifNoneMatch ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''))
  return asked.includes(tag) || asked.includes('*')
}

/**
 * The version that `If-Match` names, `*` being the one there is. Proxies make tags weak, which a version does not mind.
 * @throws AssayError `version-mismatch`
 */
export function versionOf(header: string, current: number): number {
  if (header === '*' && current > 0) return current
  const version = /^(?:W\/)?"(\d{1,9})"$/.exec(header)?.[1]
  if (version !== undefined) return Number(version)
  throw new AssayError('version-mismatch', `Expected If-Match to name ${etagOf(current)}; ${shown(header)} came.`)
}
