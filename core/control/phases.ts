import type { TestRecord } from './record.js'
import { step, type TestState } from './test-state.js'

/** A stretch of a test in which all users were assigned alike. */
export interface Phase {
  /** The version since which clients saw the same. */
  version: number
  /** Unix milliseconds; */
  from: number
  /** not including; null while it goes on. */
  to: number | null
  /** Share of users by branch, on any scale. */
  weights: Readonly<Record<string, number>>
}

/** The phases of a test, oldest first: none before its first start. Users who got a shipped branch are in none. */
export function phasesOf(history: readonly TestRecord[]): Phase[] {
  const phases: Phase[] = []
  for (const [i, state] of statesOf(history).entries()) {
    const { at } = history[i]!
    const isRunning = state.stage === 'running'
    const last = phases.at(-1)
    if (last?.to === null && !(isRunning && last.version === state.phase)) last.to = Math.max(at, last.from)
    else if (last?.to === null) continue
    if (isRunning) phases.push({ version: state.phase, from: at, to: null, weights: weightsOf(state) })
  }
  return phases
}

/** A test as it was at a time; undefined where it was not defined yet. */
export function stateAt(history: readonly TestRecord[], time: number): TestState | undefined {
  return statesOf(history.filter(({ at }) => at <= time)).at(-1)
}

/** What each record of a history made: none of them was refused when it was folded. */
export function statesOf(history: readonly TestRecord[]): TestState[] {
  const states: TestState[] = []
  for (const record of history) states.push(step(states.at(-1), record) as TestState)
  return states
}

const weightsOf = ({ definition }: TestState) =>
  Object.fromEntries(definition.branches.map(({ name, weight }) => [name, weight]))
