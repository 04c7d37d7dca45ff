import type { Results } from '@assay/query-api/analysis/reply'
import { count } from '../style.js'
import { html, type Markup, type Part } from './html.js'
import { minute, percent, probability } from './numbers.js'
import { methodsOf } from './words.js'

/** Who was counted, and how the test is decided. */
export function facts(results: Results): Markup {
  return html`<dl class="facts">${factsOf(results).map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>
<div class="tables">${users(results)}
${phases(results)}</div>`
}

function factsOf(results: Results): [string, Part][] {
  const { asOf, definition, decision, srm, crossover, identified, branches } = results
  const p = (decision.method === 'any-time' ? srm.anytime : srm).pValue
  const share = crossover.share === null ? '' : `, ${percent(crossover.share)}`
  const facts: [string, Part][] = [
    ['Users', count(total(branches.map((b) => b.users)))],
    ['As of', time(asOf)],
    ['Decided by', `${methodsOf(results).decides} method, α = ${decision.alpha}`],
    ['Sample ratio', `${srm.ok ? 'as meant' : 'not as meant'} (p = ${probability(p)})`],
    ['Seen in two branches', `${count(crossover.users)} users${share}`],
  ]
  if (identified.users > 0) facts.push(['Known by several ids', `${count(identified.users)} users, each counted once`])
  const looks = decision.looks === undefined ? '' : `, ${decision.looks} looks`
  if (decision.method !== 'single-look' || definition !== undefined)
    facts.push(['Planned for', `${count(decision.plannedUsers)} users of two branches${looks}`])
  if (definition === undefined) return [...facts, ['Definition', 'none, made of its events']]
  facts.push(['Definition', `version ${definition.version}, ${definition.stage}`])
  if (definition.owner !== undefined) facts.push(['Owner', html`<bdi>${definition.owner}</bdi>`])
  return facts
}

const total = (numbers: readonly number[]) => numbers.reduce((sum, n) => sum + n, 0)
const time = (instant: string) => html`<time datetime="${instant}">${minute(instant)}</time>`
const shareOf = (part: number, whole: number) => (whole > 0 ? `${((100 * part) / whole).toFixed(1)} %` : '–')

function users({ branches, control, phases }: Results): Markup {
  const all = total(branches.map((b) => b.users))
  // With several phases what was meant of all users is a mixture of their weights, which the phases show.
  const [only] = phases.length === 1 ? phases : []
  const meant = (branch: string) =>
    only && html`<td>${shareOf(only.weights[branch] ?? 0, total(Object.values(only.weights)))}</td>`
  return html`<table class="small"><caption>Users by branch</caption>
<thead><tr><th scope="col">Branch</th><th scope="col">Users</th><th scope="col">Share</th>${only && html`<th scope="col">Meant</th>`}</tr></thead>
<tbody>${branches.map(
    ({ branch, users }) =>
      html`<tr><th scope="row"><bdi>${branch}</bdi>${branch === control ? html` <small>control</small>` : null}</th><td>${count(users)}</td><td>${shareOf(users, all)}</td>${meant(branch)}</tr>
`,
  )}</tbody></table>`
}

/** Nothing where no weights are known to have been in force: every user is in phase 0. */
function phases({ phases, srm }: Results): Markup | null {
  if (phases.every(({ phase }) => phase === 0)) return null
  return html`<table class="small cards" role="table"><caption>Phases: stretches in which weights did not change</caption>
<thead role="rowgroup"><tr role="row">${['Version', ...columns].map((title) => html`<th role="columnheader" scope="col">${title}</th>`)}</tr></thead>
<tbody role="rowgroup">${phases.map((phase) => phaseLine(phase, srm))}</tbody></table>`
}

const columns = ['From', 'To', 'Users and their share (as meant)', 'Ratio, p']

function phaseLine(phase: Results['phases'][number], srm: Results['srm']): Markup {
  const ratio = srm.phases.find((found) => found.phase === phase.phase)
  const isKnown = phase.from !== null
  const cells = [
    isKnown ? time(phase.from!) : '–',
    phase.to === null ? (isKnown ? 'goes on' : '–') : time(phase.to),
    peopled(phase),
    ratio === undefined ? '–' : probability(ratio.pValue),
  ]
  return html`<tr role="row"><th role="rowheader" scope="row">${isKnown ? phase.phase : 'in none'}</th>${cells.map(
    (cell, i) => html`<td role="cell" data-title="${columns[i]}">${cell}</td>`,
  )}</tr>
`
}

function peopled({ users, weights }: Results['phases'][number]): Markup {
  const [all, whole] = [users, weights].map((of) => total(Object.values(of))) as [number, number]
  const branches = [...new Set([...Object.keys(weights), ...Object.keys(users)])].sort()
  return html`<ul>${branches.map((branch) => {
    const own = users[branch] ?? 0
    return html`<li><bdi>${branch}</bdi> ${count(own)}, ${shareOf(own, all)} <small>(${shareOf(weights[branch] ?? 0, whole)})</small></li>`
  })}</ul>`
}
