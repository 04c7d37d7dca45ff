import type { Answer, Results } from '../analysis/reply.js'
import type { Columns } from './rows.js'

/** One branch’s figures of one metric, and its comparison with the control, where it is another one. */
export const resultsColumns = {
  as_of: "DateTime64(3, 'UTC')",
  metric: 'String',
  event: 'String',
  kind: 'String',
  role: 'String',
  branch: 'String',
  control: 'String',
  users: 'UInt64',
  mean: 'Nullable(Float64)',
  stddev: 'Nullable(Float64)',
  sum: 'Float64',
  effect: 'Nullable(Float64)',
  relative: 'Nullable(Float64)',
  fixed_p: 'Nullable(Float64)',
  fixed_lo: 'Nullable(Float64)',
  fixed_hi: 'Nullable(Float64)',
  anytime_p: 'Nullable(Float64)',
  anytime_lo: 'Nullable(Float64)',
  anytime_hi: 'Nullable(Float64)',
  sequential_p: 'Nullable(Float64)',
  sequential_lo: 'Nullable(Float64)',
  sequential_hi: 'Nullable(Float64)',
  adjusted_p: 'Nullable(Float64)',
  saved: 'Nullable(Float64)',
  method: 'Nullable(String)',
  verdict: 'Nullable(String)',
  provisional: 'Nullable(Bool)',
} satisfies Columns

type Row = Record<keyof typeof resultsColumns, unknown>

/** The control’s rows have no comparison: null. */
export function resultsRows({ asOf, control, metrics }: Results): Row[] {
  return metrics.flatMap(({ name, event = '', kind, role, branches, comparisons }) =>
    branches.map(({ branch, users, mean, stddev, sum }) => {
      const comparison = comparisons.find((c) => c.branch === branch)
      return {
        ...{ as_of: Date.parse(asOf), metric: name, event, kind, role, control },
        ...{ branch, users, mean, stddev, sum },
        effect: comparison?.effect ?? null,
        relative: comparison?.relative ?? null,
        ...answered('fixed', comparison?.fixed),
        ...answered('anytime', comparison?.anytime),
        ...answered('sequential', comparison?.sequential),
        adjusted_p: comparison?.adjusted?.pValue ?? null,
        saved: comparison?.cuped?.saved ?? null,
        method: comparison?.method ?? null,
        verdict: comparison?.verdict ?? null,
        provisional: comparison?.provisional ?? null,
      }
    }),
  )
}

function answered<Name extends string>(name: Name, answer: Answer | undefined) {
  const parts = { p: answer?.pValue ?? null, lo: answer?.ci?.[0] ?? null, hi: answer?.ci?.[1] ?? null }
  return Object.fromEntries(Object.entries(parts).map(([part, value]) => [`${name}_${part}`, value])) as Record<
    `${Name}_${keyof typeof parts}`,
    number | null
  >
}
