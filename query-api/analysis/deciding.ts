import type { Answer, Comparison } from './reply.js'

const NONE: Answer = { pValue: null, lnP: null, ci: null, relativeCi: null, reason: 'insufficient' }

/** The answer of the method that was chosen before the start; of planned looks none before the first. */
export function decidingOf({
  method,
  fixed,
  anytime,
  sequential,
}: Pick<Comparison, 'method' | 'fixed' | 'anytime' | 'sequential'>): Answer {
  return method === 'any-time' ? anytime : method === 'single-look' ? fixed : (sequential ?? NONE)
}
