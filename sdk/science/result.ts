import type { Observation } from './observation.js'

/** What one run showed. */
export interface Result<T> {
  readonly experiment: string
  /** The run's own id. */
  readonly id: string
  readonly user: string | undefined
  readonly context: Readonly<Record<string, unknown>>
  readonly control: Observation<T>
  /** In the order in which they ran. */
  readonly candidates: readonly Observation<T>[]
  /** All of them in that order, the control too. */
  readonly observations: readonly Observation<T>[]
  readonly matched: readonly Observation<T>[]
  readonly ignored: readonly Observation<T>[]
  readonly mismatched: readonly Observation<T>[]
}

/** An observation as plain data: its value is cleaned, and an error is its name, message and stack. */
export type Cleaned = Observation<unknown>

/** A candidate that did not match, as plain data. */
export interface Mismatch {
  readonly experiment: string
  readonly id: string
  readonly user: string | undefined
  readonly context: Readonly<Record<string, unknown>>
  readonly control: Cleaned
  readonly candidate: Cleaned
}

/** Candidates did not match, and `raiseOnMismatch` says that this is an error. */
export class MismatchError extends Error {
  override name = 'MismatchError'
  constructor(
    readonly result: Result<unknown>,
    shown: readonly Cleaned[],
  ) {
    super(`experiment '${result.experiment}' observations mismatched:\n${shown.map(show).join('\n')}`)
  }
}

const show = ({ name, outcome, value, error }: Cleaned) =>
  `${name}:\n  ${(outcome === 'ok' ? asText(value) : showError(error)).replaceAll('\n', '\n  ')}`

const showError = (error: unknown) => {
  const { name, message, stack = `${name}: ${message}` } = Object(error) as Error
  return name === undefined ? asText(error) : String(stack)
}

/** As JSON where it has any. */
function asText(value: unknown): string {
  for (const write of [toJson, String, tag])
    try {
      return write(value) ?? String(value)
    } catch {}
  return 'what cannot be shown'
}

const toJson = (value: unknown): string | undefined => JSON.stringify(value, null, 2)
const tag = (value: unknown): string => Object.prototype.toString.call(value)
