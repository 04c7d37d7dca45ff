import { AssayError } from '@assay/core/errors'
import { shown } from './validate.js'

/** A version as an entity tag. */
export const etagOf = (version: number) => `"${version}"`

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
