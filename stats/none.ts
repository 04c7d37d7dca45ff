/** Why there is no answer. */
export type Reason =
  /** Too few observations for a variance. */
  | 'insufficient'
  /** The observations do not differ. */
  | 'no-variance'
  /** The control's value is 0, or so near it that a share of it overflows. */
  | 'zero-baseline'
  /** What was asked makes no sense: a probability outside (0, 1), limits in the wrong order, a count that is none. */
  | 'out-of-range'

/** The place of an answer that the data cannot give; `value` is the effect's point estimate where there is one. */
export interface None {
  readonly kind: 'none'
  readonly reason: Reason
  readonly value: number | null
}

/** No answer, for that reason. */
export const none = (reason: Reason, value: number | null = null): None => ({ kind: 'none', reason, value })
