import { ALPHAS, delays, type Event, type Name, peers } from './rollout.js'

type Found = readonly Record<Name, Event[]>[]

/** At that share of ascending values, or the next greater. */
export const at = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!

const seconds = (value: number) => (value === Infinity ? 'not' : String(value))

/** What is done when a canary is at fault, and by whom. */
const findings = [
  ['suspended', 'suspending', 'suspend'],
  ['suspended, errors the only guardrail', 'errors alone', 'suspend'],
  ['left to somebody, at the fourth suspicion', 'suspending', 'pause'],
  ...ALPHAS.map(
    (alpha) => [`rolled back if not suspended, α = ${alpha}`, 'never suspended', `rollback at ${alpha}`] as const,
  ),
  ...(Object.keys(peers) as (keyof typeof peers)[]).map((name) => [name, name, 'rollback'] as const),
] as const satisfies (readonly [string, Name, string])[]

/** Seconds until each finding, as a row of five quantiles. */
export function delayTable(title: string, found: Found): string {
  const rows = findings
    .filter(([, name]) => found[0]![name])
    .map(([label, name, what]) => {
      const sorted = delays(found, name, what)
      return `| ${label} | ${[0, 0.1, 0.5, 0.9, 1].map((share) => seconds(at(sorted, share))).join(' | ')} |`
    })
  return [`| ${title} | least | 10 % | median | 90 % | most |`, '|---|---|---|---|---|---|', ...rows].join('\n')
}

/** Runs of a healthy canary in which that happened at all. */
export const wrong = (found: Found, name: Name, what: string): number =>
  found.filter((events) => events[name].some((event) => event.what === what)).length

/** How often a healthy canary was suspended, in all runs together. */
export const suspensions = (found: Found): number =>
  found.reduce((sum, { suspending }) => sum + suspending.filter(({ what }) => what === 'suspend').length, 0)
