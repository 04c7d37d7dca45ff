import type { Breakdown, Explained, Novelty } from '@assay/query-api/study/reply'
import { count, paint, plain, wrap } from './style.js'
import { warningLines } from './verdict-notes.js'
import { metricHead, rowsOf } from './verdict-row.js'

const WIDTH = 80

const head = ({ app, testId, asOf }: { app: string; testId: string; asOf: string }, what: string) =>
  `${paint('bold', `${app} / ${testId}`)} ${what}   ${paint('dim', `as of ${asOf.slice(0, 19).replace('T', ' ')} UTC`)}`

const others = ({ branches, control }: { branches: readonly { branch: string }[]; control: string }) =>
  branches.map(({ branch }) => branch).filter((branch) => branch !== control)

/** Each value of a prop with its users and what it says of the metrics. */
export function breakdownScreen(found: Breakdown): string {
  const { prop, control, values, others: rest, without } = found
  const left = [
    ...(rest.values > 0 ? [`${count(rest.users)} users have ${count(rest.values)} other values`] : []),
    ...(without > 0 ? [`of ${count(without)} users it is not known`] : []),
  ]
  return [
    head(found, `by ${plain(prop)}`),
    ...(values.length === 0 ? ['', `No user of the test has a ${plain(prop)}.`] : []),
    ...values.flatMap((value) => {
      const shares = value.branches.map(({ branch, users }) => `${branch} ${count(users)}`).join(' · ')
      return [
        '',
        `${paint('bold', plain(value.value))}   ${count(value.users)} users: ${shares}`,
        ...others({ ...value, control }).flatMap((branch) => [
          metricHead(found, branch),
          ...value.metrics.flatMap((metric) => rowsOf({ ...found, branches: value.branches }, metric, branch)),
        ]),
        ...warningLines(value.warnings, WIDTH).slice(1),
      ]
    }),
    ...(left.length === 0 ? [] : ['', paint('dim', `${left.join('; ')}.`)]),
    ...warningLines(found.warnings, WIDTH),
  ].join('\n')
}

/** A metric by days since the exposure, and whether its effect moves. */
export function noveltyScreen(found: Novelty): string {
  const { metric, kind, direction, control, windows, change } = found
  const branches = others({ branches: windows[0]?.branches ?? [], control })
  const about = { name: metric, kind, direction, role: 'metric' } as const
  return [
    head(found, `· ${plain(metric)} by days since the exposure`),
    ...branches.flatMap((branch) => [
      '',
      `${paint('bold', branch)} against ${control}`,
      metricHead(found, branch),
      ...windows.flatMap(({ from, to, ...own }) =>
        rowsOf({ ...found, branches: [] }, { ...about, ...own, name: days(from, to) }, branch),
      ),
      ...(change === null
        ? []
        : rowsOf(
            { ...found, branches: [] },
            { ...about, branches: [], comparisons: change.comparisons, name: 'late − early' },
            branch,
          )),
    ]),
    ...(change === null
      ? []
      : [
          '',
          ...wrap(
            `Late − early: each user’s ${days(change.late.from, change.late.to)} less their ${days(change.early.from, change.early.to)}, of those who have been there for both. Told apart from 0, the effect is not what it was at first.`,
            WIDTH,
          ).map((line) => paint('dim', line)),
        ]),
    ...warningLines(found.warnings, WIDTH),
  ].join('\n')
}

const days = (from: number, to: number) => (to === from + 1 ? `day ${to}` : `days ${from + 1} to ${to}`)

/** All that a result follows from, in the order in which it does. */
export function explainScreen(found: Explained): string {
  const { metric, control, statements, moments, comparisons, formulas } = found
  const section = (title: string, lines: readonly string[]) => ['', paint('bold', title), ...lines]
  return [
    head(found, `· ${plain(String(metric.name))}, worked out by hand`),
    ...section('Definition', [JSON.stringify(metric)]),
    ...section(
      'Statements',
      statements.flatMap(({ sql, rows }, i) => [
        paint('dim', `-- ${i + 1} of ${statements.length}: ${rows.length} rows`),
        ...sql.split('\n').filter((line) => line.trim() !== ''),
      ]),
    ),
    ...section(
      'Moments',
      moments.map((row) => `  ${pairs(row)}`),
    ),
    ...comparisons.flatMap(({ branch, phases, fixed, anytime, ...found }) =>
      section(`${branch} against ${control}`, [
        ...phases.flatMap(({ phase, share, theta, control, treatment, adjusted }) => [
          `  phase ${phase}: ${pairs({ share, theta })}`,
          `    control    ${pairs(control)}`,
          `    branch     ${pairs(treatment)}`,
          ...(theta === null
            ? []
            : [`    less past  ${pairs(adjusted.control)}`, `               ${pairs(adjusted.treatment)}`]),
        ]),
        `  ${pairs(found)}`,
        `  fixed     ${pairs({ critical: fixed.critical, ci: fixed.ci, p: fixed.pValue })}`,
        `  any-time  ${pairs({ critical: anytime.critical, ci: anytime.ci, p: anytime.pValue })}`,
      ]),
    ),
    ...section(
      'How',
      formulas.flatMap((text) => wrap(text, WIDTH - 2).map((line, i) => `${i === 0 ? '·' : ' '} ${line}`)),
    ),
  ].join('\n')
}

const pairs = (values: object) =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${paint('cyan', JSON.stringify(value))}`)
    .join(', ')
