import { errorName, isError } from './equal.js'
import type { Helpers } from './helpers.js'
import type { Observation } from './observation.js'
import type { Cleaned } from './result.js'

/** An observation as plain data. What cannot be cleaned has no `value`: it may hold what should not be seen. */
export async function cleanObservation<T>(
  observation: Observation<T>,
  clean: ((value: T) => unknown) | undefined,
  { attempt }: Helpers,
): Promise<Cleaned> {
  const { outcome, value, error, ...rest } = observation
  if (outcome !== 'ok') return { ...rest, outcome, error: await attempt('clean', () => plainError(error), undefined) }
  if (!clean) return observation
  const cleaned = async () => ({ value: await clean(value as T) })
  return { ...rest, outcome, ...(await attempt('clean', cleaned, {})) }
}

/** An error's name, message and stack; anything else as it is. */
export function plainError(error: unknown): unknown {
  if (!isError(error)) return error
  const { message, stack } = error
  return { name: errorName(error), message, stack }
}

/** An error that `plainError` made plain; anything else as it is. */
export function reviveError(plain: unknown): unknown {
  const { name, message, stack } = Object(plain) as Partial<Error>
  return name === undefined || message === undefined ? plain : Object.assign(Error(message), { name, stack })
}
