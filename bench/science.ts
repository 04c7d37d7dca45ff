import { inTurn, later, science, type Trial } from '@assay/sdk/science'
import { experimentAsync } from 'tzientist'
import { below, compared, type Figure, median } from './measure.js'

const ROUNDS = 5
const RUNS = 2_000

const control = async () => 1
const candidate = async () => 1
const client = { visitor: () => ({ report: () => {} }) }

/** Microseconds until the caller has the control's answer, of a control that takes none itself; rounds in turn, medians. */
export async function codeExperiments(): Promise<Figure[]> {
  const off = later()
  const trial: Trial<number> = { use: control, try: { fast: candidate } }
  const unasked = science<number>('price', { client, percentage: 0 })
  const elsewhere = science<number>('price', { client, when: off })
  const waited = science<number>('price', { client, when: inTurn() })
  const tzientist = experimentAsync({ name: 'price', control, candidate, options: { publish: () => {} } })
  const took = await race(
    {
      bare: control,
      unasked: () => unasked(trial),
      elsewhere: () => elsewhere(trial),
      waited: () => waited(trial),
      tzientist,
    },
    off.idle,
  )
  return [
    below('science, candidates later: until the control’s answer', took.elsewhere, 'µs', 100),
    compared('the same', took.elsewhere, 'µs', 'tzientist, which waits for the candidate', took.tzientist),
    below('science, a run without candidates', took.unasked, 'µs', 20),
    compared('the same', took.unasked, 'µs', 'a bare call', took.bare),
    compared('science, candidates in turn, compared and reported', took.waited, 'µs', 'tzientist', took.tzientist),
  ]
}

/** Between two runs nothing is under way. */
async function race<Name extends string>(
  runners: Record<Name, () => Promise<unknown>>,
  idle: () => Promise<void>,
): Promise<Record<Name, number>> {
  const names = Object.keys(runners) as Name[]
  const medians = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = 0; round < ROUNDS; round++)
    for (const name of names) medians[name].push(await microseconds(runners[name], idle))
  return Object.fromEntries(names.map((name) => [name, median(medians[name])])) as Record<Name, number>
}

async function microseconds(run: () => Promise<unknown>, idle: () => Promise<void>): Promise<number> {
  const took: number[] = []
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now()
    await run()
    took.push((performance.now() - start) * 1000)
    await idle()
  }
  return median(took)
}
