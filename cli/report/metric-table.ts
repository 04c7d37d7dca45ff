import type { Comparison, Metric, Results } from '@assay/query-api/analysis/reply'
import { count } from '../style.js'
import { html, type Markup, type Part } from './html.js'
import { effect, interval, level, percent, percentChange, probability } from './numbers.js'
import { about, answersOf, coverage, methodsOf, standingOf } from './words.js'

/** Every number of every metric, a branch a line; where there is little room a branch is a card. */
export function metricTable(results: Results): Markup {
  const titles = columnsOf(results)
  return html`<div class="wide" role="region" aria-labelledby="numbers" tabindex="0">
<table class="metrics cards" role="table"><thead role="rowgroup"><tr role="row">${titles.map(
    (title) => html`<th role="columnheader" scope="col">${title}</th>`,
  )}</tr></thead>
${results.metrics.map((metric) => body(results, metric, titles))}</table></div>`
}

function columnsOf(results: Results): string[] {
  const { decides, other } = methodsOf(results)
  const level = coverage(results)
  return [
    'Branch',
    'Users',
    'Value',
    'Change',
    `${level} interval, ${decides}`,
    `${level} interval, ${other}`,
    `p, ${decides}`,
    'p for all metrics',
    `p, ${other}`,
    'Saved by CUPED',
    'Verdict',
  ]
}

function body(results: Results, metric: Metric, titles: readonly string[]): Markup {
  const isControl = ({ branch }: Metric['branches'][number]) => branch === results.control
  const branches = [...metric.branches].sort((a, b) => Number(isControl(b)) - Number(isControl(a)))
  const role = metric.role === 'guardrail' ? 'guardrail · ' : ''
  return html`<tbody role="rowgroup"><tr role="row"><th class="metric" role="rowheader" scope="rowgroup" colspan="${titles.length}"><bdi>${metric.name}</bdi> <small>${role}${about(metric, results)}</small></th></tr>
${branches.map((branch) => line(results, metric, branch, titles))}</tbody>
`
}

function line(results: Results, metric: Metric, own: Metric['branches'][number], titles: readonly string[]): Markup {
  const comparison = metric.comparisons.find(({ branch }) => branch === own.branch)
  const cells: Part[] = [
    count(own.users),
    own.mean === null ? '–' : html`${level(metric, own.mean)}${funnel(own.steps)}`,
    ...(comparison === undefined ? [] : compared(results, metric, comparison)),
  ]
  const tds = cells.map((cell, i) => html`<td role="cell" data-title="${titles[i + 1]}">${cell}</td>`)
  const verdict = comparison === undefined ? 'control' : standingOf(metric, comparison, results).verdict
  return html`<tr role="row" class="${verdict}"><th role="rowheader" scope="row"><bdi>${own.branch}</bdi>${own.branch === results.control ? html` <small>control</small>` : null}</th>${tds}${
    comparison === undefined ? html`<td role="cell" class="rest" colspan="${titles.length - 3}"></td>` : null
  }</tr>
`
}

const funnel = (steps: readonly number[] | undefined) =>
  steps === undefined ? null : html`<small>${steps.map(count).join(' → ')}</small>`

function compared(results: Results, metric: Metric, comparison: Comparison): Part[] {
  const { decides, other } = answersOf(comparison)
  const size = (x: number) => effect(metric, x)
  const p = ({ pValue }: { pValue: number | null }) => (pValue === null ? '–' : probability(pValue))
  const both = (relative: string | null, absolute: string | null) =>
    relative === null
      ? (absolute ?? '–')
      : html`${relative}${absolute === null ? null : html`<small>${absolute}</small>`}`
  const intervals = [decides, other].map(({ relativeCi, ci }) =>
    both(relativeCi && interval(relativeCi, percentChange), ci && interval(ci, size)),
  )
  const { relative, adjusted, cuped } = comparison
  return [
    both(
      relative === null ? null : percentChange(relative),
      comparison.effect === null ? null : size(comparison.effect),
    ),
    ...intervals,
    p(decides),
    adjusted === undefined ? '–' : p(adjusted),
    p(other),
    cuped === null ? '–' : percent(cuped.saved),
    html`<b>${standingOf(metric, comparison, results).word}</b>${noteOf(comparison)}`,
  ]
}

function noteOf({ provisional, sequential }: Comparison): Markup | null {
  if (sequential !== undefined)
    return html`<small>look ${sequential.look}, at ${percent(sequential.information)} of the planned users</small>`
  return provisional ? html`<small>provisional</small>` : null
}
