import type { Results } from '@assay/query-api/analysis/reply'
import { count, paint, wrap } from './style.js'
import { notesOf } from './verdict-notes.js'
import { guardrailHead, metricHead, rowsOf } from './verdict-row.js'

const WIDTH = 80

/** The verdict on a test for people, then what it comes from: prose within 80 columns, tables within 100. */
export function verdictTable(results: Results): string {
  const { app, testId, asOf, control, branches } = results
  const total = branches.reduce((sum, b) => sum + b.users, 0)
  const others = branches.map((b) => b.branch).filter((b) => b !== control)
  return [
    `${paint('bold', `${app} / ${testId}`)}   ${count(total)} users   ${paint('dim', `as of ${asOf.slice(0, 19).replace('T', ' ')} UTC`)}`,
    ...wrap(branches.map((b) => share(b, b.branch === control, total)).join(' · '), WIDTH),
    '',
    ...verdictLines(results),
    ...others.flatMap((branch) => branchTables(results, branch)),
    ...notesOf(results, WIDTH),
  ].join('\n')
}

const colour = { better: 'green', worse: 'red', undecided: 'yellow', invalid: 'red' } as const

/** What to do, and each reason. */
function verdictLines({ verdict: { outcome, branch, reasons }, control }: Results): string[] {
  const does = { better: `, take ${branch}`, worse: `, keep ${control}`, undecided: '', invalid: '' }[outcome]
  const lines = reasons.flatMap((reason) => wrap(reason, WIDTH - 2).map((line, i) => `${i === 0 ? '·' : ' '} ${line}`))
  return [`${paint('bold', 'Verdict:')} ${paint(colour[outcome], `${outcome}${does}`)}`, ...lines]
}

/** What is measured of a branch; under it, what must not get worse. */
function branchTables(results: Results, branch: string): string[] {
  const { metrics, control } = results
  const inRole = (role: 'metric' | 'guardrail') => metrics.filter((metric) => metric.role === role)
  const rows = inRole('metric').flatMap((metric) => rowsOf(results, metric, branch))
  const guards = inRole('guardrail').flatMap((metric) => rowsOf(results, metric, branch))
  if (rows.length + guards.length === 0) return []
  return [
    '',
    `${paint('bold', branch)} against ${control}`,
    ...(rows.length === 0 ? [] : [metricHead(results, branch), ...rows]),
    ...(guards.length === 0 ? [] : [guardrailHead(results, branch), ...guards]),
  ]
}

function share({ branch, users }: Results['branches'][number], isControl: boolean, total: number): string {
  return `${branch} ${count(users)} (${((100 * users) / Math.max(1, total)).toFixed(1)}%${isControl ? ', control' : ''})`
}
