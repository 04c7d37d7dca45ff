import type { Metric, Results } from '@assay/query-api/analysis/reply'
import { count, paint, wrap } from './style.js'

/** What the reader of a method's interval and p must know. */
const methods: Record<Results['decision']['method'], string> = {
  'any-time': 'Interval, p and verdict allow for any number of looks; fixed p only for one.',
  'group-sequential':
    'Interval, p and verdict are of the planned looks taken so far; any-time p allows for any number.',
  'single-look': 'Interval, p and verdict are of a single look; any-time p allows for any number.',
}
/** Of a test that nobody defined only imports are judged by a single look. */
const IMPORTED =
  'Interval, p and verdict are of a single look, as imports are finished; any-time p allows for any number.'

/** Below the tables: what they mean, where there is anything to explain, and what to beware of. */
export function notesOf(results: Results, width: number): string[] {
  const notes = [legend(results), cuped(results), phases(results)].filter((note) => note !== '')
  const said = notes.flatMap((note) => wrap(note, width).map((line) => paint('dim', line)))
  return [...(said.length === 0 ? [] : ['', ...said]), ...warningLines(results.warnings, width)]
}

/** Each after an empty line. */
export const warningLines = (warnings: Results['warnings'], width: number): string[] =>
  warnings.flatMap(({ message }) => [
    '',
    ...wrap(message, width - 4).map((line, i) => paint('yellow', `${i === 0 ? '! ' : '  '}${line}`)),
  ])

function legend({ metrics, definition, decision: { method } }: Results): string {
  if (metrics.every(({ comparisons }) => comparisons.length === 0)) return ''
  const isAdjusted = metrics.some(({ comparisons }) => comparisons.some(({ adjusted }) => adjusted))
  const open = metrics.filter(({ comparisons }) => comparisons.some(({ provisional }) => provisional))
  return [
    method === 'single-look' && definition === undefined ? IMPORTED : methods[method],
    ...(isAdjusted ? ['The verdict goes by adj. p, which allows for all metrics and branches.'] : []),
    ...(open.length === 0
      ? []
      : [`Provisional${which(open, metrics)}: users’ totals still grow, which adds some error.`]),
  ].join(' ')
}

/** Names where not all are meant. */
const which = (some: readonly Metric[], all: readonly Metric[]) =>
  some.length === all.length ? '' : ` (${some.map(({ name }) => name).join(', ')})`

/** What changes are adjusted by, and where that gains something. */
function cuped({ metrics }: Results): string {
  const savings = metrics.flatMap(({ name, comparisons }) => {
    const shares = comparisons.flatMap(({ cuped }) => cuped?.saved ?? [])
    return shares.length === 0 ? [] : [{ name, percent: Math.round(100 * Math.max(...shares)) }]
  })
  if (savings.length === 0) return ''
  const told = savings.filter(({ percent }) => percent >= 1).map(({ name, percent }) => `${percent} % (${name})`)
  const saved = told.length === 0 ? 'less than 1 %' : `up to ${told.join(', ')}`
  return `CUPED: changes allow for what users did before their exposure, unlike the values beside them; of the variance that takes away ${saved}.`
}

/** Phases that are told one by one: the newest. */
const TOLD = 4

/** Of a test whose weights changed, what was compared. */
function phases({ phases, branches }: Results): string {
  if (phases.length < 2) return ''
  const told = phases.slice(-TOLD).map(({ phase, from, weights, users }) => {
    const sum = count(Object.values(users).reduce((a, b) => a + b, 0))
    if (from === null) return `${sum} users in no phase`
    const shares = branches.map(({ branch }) => weights[branch] ?? 0).join(':')
    return `${sum} users at ${shares} since ${from.slice(0, 16).replace('T', ' ')} (version ${phase})`
  })
  const earlier = phases.length - told.length
  const rest = earlier === 0 ? '' : `${earlier} earlier ${earlier === 1 ? 'one' : 'ones'}, `
  return `Phases: ${rest}${told.join(', ')}. Each is compared in itself, then they are put together.`
}
