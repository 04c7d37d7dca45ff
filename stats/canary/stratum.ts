/** One branch's count in a closed stratum: taken once, by receipt in the log, and never revised. */
export interface Counts {
  /** Requests; or users active in the stratum and never bad before it; or requests sent. */
  readonly total: number
  /** Those of them that failed, were slow, were bad for their user's first time in the test, or found no answer. */
  readonly bad: number
}

/** Both branches in the same stretch of time: at most ten seconds, or a block of sixty. Weights may differ in every one. */
export interface Stratum {
  readonly canary: Counts
  readonly control: Counts
}

/** What has closed since the last look at one guardrail, each stratum once and in order of time. */
export interface Closed {
  readonly requests?: Stratum
  readonly users?: Stratum
  /** Requests of sixty seconds, longer than one instance is sick at a time, if that can be said. */
  readonly block?: Stratum
}

export interface Limits {
  /** The canary may be (1 + margin) times as bad as the control; at least 0, or above −1 for `safety`. */
  readonly margin: number
  /** In (0, 1): a share of bad requests below which no canary is at fault. */
  readonly floor: number
}

/** Of `trials`, `hits`, each with a probability of at most `share` under the null. */
export interface Trial {
  readonly hits: number
  readonly trials: number
  readonly share: number
}

const possible = ({ total, bad }: Counts) => total > 0 && total < Infinity && bad >= 0 && bad <= total

const trial = (hits: number, trials: number, share: number): Trial | null =>
  trials > 0 && share > 0 && share < 1 ? { hits, trials, share } : null

/**
 * The canary's share of all that was bad, against a canary (1 + margin) times as bad as the control, as a ratio of shares;
 * in blocks of harm where bad is common, as a ratio of odds, which is the greater. Null, no bet, where nothing was bad, a branch
 * was empty or the counts cannot be.
 */
export function relative(stratum: Stratum | undefined, { margin }: Limits): Trial | null {
  if (stratum === undefined) return null
  const { canary, control } = stratum
  if (!possible(canary) || !possible(control)) return null
  const weight = (1 + margin) * canary.total
  return trial(canary.bad, canary.bad + control.bad, weight / (weight + control.total))
}

/** The canary's bad against the floor, whatever the control does. Null for an empty canary and counts that cannot be. */
export const absolute = (canary: Counts | undefined, { floor }: Limits): Trial | null =>
  canary !== undefined && possible(canary) ? trial(canary.bad, canary.total, floor) : null

/** The same from the other side: that each is a hit with a probability of at least `share`. */
export const reversed = (trial: Trial | null): Trial | null =>
  trial && { hits: trial.trials - trial.hits, trials: trial.trials, share: 1 - trial.share }
