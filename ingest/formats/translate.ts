import type { Origins, Refusal } from '../validate.js'

/** An event of another format in the words of ours, yet to be validated. */
export interface Translated {
  event: Record<string, unknown>
  origins: Origins
  /** The sender's clock when it sent, Unix milliseconds, if that tells how far it is off. */
  sentAt: number | undefined
  /** How much of what it says has no place in our format. */
  dropped: number
}

/** Null for what says nothing that is counted here. */
export type Translate = (raw: unknown) => Translated | Refusal | null
