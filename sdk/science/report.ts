import type { Props } from '../visitor.js'
import { errorName, isError } from './equal.js'
import type { Observation } from './observation.js'
import type { Reporter } from './options.js'
import type { Result } from './result.js'

/** Characters that the server takes of a user's id, and of a prop. */
const USER = 256
const PROP = 1024

/** One `$science` event for each observation: its milliseconds, in its branch of the test named as the experiment. */
export function report<T>(
  client: Reporter,
  result: Result<T>,
  cohort: string | undefined,
  more: Readonly<Record<string, number>>,
): void {
  for (const observation of result.observations) {
    const { name, durationMs } = observation
    const props = {
      ...propsOf(observation, result),
      ...(cohort !== undefined && { cohort: text(cohort) }),
      ...(observation === result.control && more),
    }
    client.visitor({ user: unit(result, name) }).report('$science', durationMs, { [result.experiment]: name }, props)
  }
}

/**
 * Who is counted. Results take a user in one branch, and all that this id did with it; so each branch of each experiment
 * has ids of its own, one a user or, without one, one a run, and the branches hold the same users and runs.
 */
function unit<T>({ experiment, id, user }: Result<T>, branch: string): string {
  const own = `${experiment}/${branch}/${user ?? id}`
  return own.length <= USER ? own : id + branch
}

function propsOf<T>(observation: Observation<T>, result: Result<T>): Props {
  const { outcome, error, cpuMs } = observation
  const { control, matched, ignored, observations, id } = result
  return {
    run: id,
    outcome,
    position: observations.indexOf(observation) + 1,
    ...(cpuMs !== undefined && { cpuMs }),
    ...(isError(error) && { error: text(errorName(error)) }),
    ...(observation !== control && { matched: matched.includes(observation), ignored: ignored.includes(observation) }),
  }
}

/** What the server takes as a prop: short enough, and no half of a pair of surrogates, as cutting may leave. */
const text = (value: unknown) =>
  String(value)
    .slice(0, PROP)
    .replace(/\p{Surrogate}/gu, '\ufffd')
