import type { Counts } from '@assay/stats/canary/stratum'
import type { Second } from './rollout-traffic.js'

export interface Alarm {
  readonly what: string
  /** Whether nothing more is to come. */
  readonly over: boolean
}

/** Sees each second once it has closed. */
export type Watcher = (second: Second, t: number) => Alarm | undefined

const WINDOW = 60

/** Rolls back once `judge` says so of the branches' shares of failed requests in all minutes so far. */
function minutely(judge: (canary: readonly number[], control: readonly number[]) => boolean): Watcher {
  const minutes: readonly [number[], number[]] = [[], []]
  const open = [0, 1].map(() => ({ total: 0, bad: 0 }))
  const add = (branch: number, { total, bad }: Counts) => {
    open[branch]!.total += total
    open[branch]!.bad += bad
  }
  return ({ errors }, t) => {
    add(0, errors.requests.canary)
    add(1, errors.requests.control)
    if ((t + 1) % WINDOW !== 0) return undefined
    open.forEach((counts, branch) => {
      minutes[branch]!.push(counts.bad / counts.total)
      Object.assign(counts, { total: 0, bad: 0 })
    })
    return judge(...minutes) ? { what: 'rollback', over: true } : undefined
  }
}

/** Flagger's example: less than 99 % of a minute's requests well, five times. */
export const successRate = () => minutely((canary) => canary.filter((share) => share > 0.01).length >= 5)

/** A minute in which the canary failed more than twice as often as the control. */
export const twiceTheControl = () => minutely((canary, control) => canary.at(-1)! > 2 * control.at(-1)!)

/** Of the 98 % interval of Kayenta's judge. */
const Z = 2.3263478740408408

/** Mann and Whitney's z of x less `shift` over y, corrected for ties and continuity; 0 if all are tied. */
export function mannWhitneyZ(x: readonly number[], y: readonly number[], shift: number): number {
  const values = [...x.map((value) => ({ value: value - shift, sign: 1 })), ...y.map((value) => ({ value, sign: 0 }))]
  values.sort((a, b) => a.value - b.value)
  let [ranks, ties] = [0, 0]
  for (let from = 0; from < values.length; ) {
    let [to, ours] = [from, 0]
    while (to < values.length && values[to]!.value === values[from]!.value) ours += values[to++]!.sign
    ranks += ours * ((from + 1 + to) / 2)
    ties += (to - from) ** 3 - (to - from)
    from = to
  }
  const [n, m] = [x.length, y.length]
  const excess = ranks - (n * (n + 1)) / 2 - (n * m) / 2
  const variance = ((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1)))
  return variance > 0 ? (excess - Math.sign(excess) / 2) / Math.sqrt(variance) : 0
}

/** Hodges and Lehmann's shift: the median of the differences of all pairs. */
export function shiftBetween(x: readonly number[], y: readonly number[]): number {
  const differences = Float64Array.from(x.flatMap((a) => y.map((b) => a - b))).sort()
  const half = differences.length >> 1
  return differences.length % 2 === 1 ? differences[half]! : (differences[half - 1]! + differences[half]!) / 2
}

/** Kayenta's "High": the shift's 98 % interval above a quarter of its estimate. The first look is the cheaper, and spares most. */
const high = (canary: readonly number[], control: readonly number[]) =>
  mannWhitneyZ(canary, control, 0) > Z && mannWhitneyZ(canary, control, shiftBetween(canary, control) / 4) > Z

/** Each hour judged by itself, as the guide to Kayenta advises: some 50 values, three runs of an hour. */
export const eachHour = () =>
  minutely((canary, control) => canary.length % 60 === 0 && high(canary.slice(-60), control.slice(-60)))

/** All minutes so far, looked at each minute, for an answer as soon as may be. */
export const eachMinute = () => minutely((canary, control) => high(canary, control))
