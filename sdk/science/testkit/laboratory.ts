import type { OnError, Reporter, ScienceOptions } from '../options.js'
import { inTurn } from '../when/in-turn.js'

/** An event as the client was asked to report it. */
export interface Reported {
  user: string
  branch: string
  milliseconds: number
  props: Record<string, unknown>
}

/** Options of an experiment whose reports, errors and skips are there to be looked at. */
export function laboratory<T = unknown>(options: ScienceOptions<T> = {}) {
  const reported: Reported[] = []
  const told: string[] = []
  const client: Reporter = {
    visitor: ({ user }) => ({
      report(event, milliseconds = NaN, tests = {}, props = {}) {
        if (event !== '$science') throw Error(event)
        reported.push({ user, branch: Object.values(tests)[0]!, milliseconds, props })
      },
    }),
  }
  const onError: OnError = (error, operation) => told.push(`${operation}: ${error.message}`)
  return { reported, told, options: { client, onError, ...options } }
}

export const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

export type Said = { returned: unknown } | { thrown: string }
export const said = (promise: Promise<unknown>): Promise<Said> =>
  promise.then(
    (returned) => ({ returned }),
    (error) => ({ thrown: `${error.name}: ${error.message}` }),
  )
export const give = (value: unknown) => () => value
export const fail = (error: unknown) => () => {
  throw error
}
export const never = () => new Promise<never>(() => {})
export const firstControl = inTurn({ order: ['control'] })
