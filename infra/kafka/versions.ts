import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** The release lines that clients must work with. */
export const lines = ['4', '3.9'] as const
export type Line = (typeof lines)[number]

export const pom = createRequire(import.meta.url).resolve('#pom')

/** The release of a line, as the pom says. */
export function release(line: Line): string {
  const found = readFileSync(pom, 'utf8').split(`<kafka.${line}>`)[1]?.split('<')[0]
  if (found === undefined) throw new Error(`Expected a property kafka.${line} in ${pom}; it has none.`)
  return found
}
