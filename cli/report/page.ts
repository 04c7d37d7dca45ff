import { createHash } from 'node:crypto'
import type { Results } from '@assay/query-api/analysis/reply'
import { facts } from './facts.js'
import { forestPlot } from './forest-plot.js'
import { html, jsonText, Markup } from './html.js'
import { metricTable } from './metric-table.js'
import { minute } from './numbers.js'
import { style } from './style.js'
import { coverage, headline, methodsOf } from './words.js'

/** Nothing is loaded, run or sent: the style alone is allowed, by its digest. */
const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'`

/** A test's results as one file of HTML, which needs nothing else. The results themselves are in its `script` as JSON. */
export function reportPage(results: Results): string {
  const { app, testId, verdict } = results
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="format-detection" content="telephone=no">
<meta name="referrer" content="no-referrer">
<title>${app} / ${testId}: ${verdict.outcome}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<main>
${head(results)}
<section aria-label="Facts">${facts(results)}</section>
${plots(results)}
${numbers(results)}
</main>
<footer>Report of Assay, of what was known at ${minute(results.asOf)}. Its numbers are in this file as JSON, in the element with the id “results”.</footer>
<script type="application/json" id="results">${jsonText(results)}</script>
</body>
</html>
`.text
}

function head({ app, testId, definition, warnings, ...rest }: Results): Markup {
  const results = { app, testId, definition, warnings, ...rest } as Results
  const { outcome, reasons } = results.verdict
  return html`<header><p><bdi>${app}</bdi></p><h1><bdi>${testId}</bdi></h1>${
    definition?.hypothesis && html`<blockquote>${definition.hypothesis}</blockquote>`
  }</header>
<section class="verdict ${outcome}" aria-label="Verdict"><h2>${headline(results)}</h2>
<ul>${reasons.map((reason) => html`<li>${reason}</li>`)}</ul></section>
${
  warnings.length === 0
    ? null
    : html`<section class="warnings"><h2>Before you believe it</h2><ul>${warnings.map(
        ({ message }) => html`<li>${message}</li>`,
      )}</ul></section>`
}`
}

function plots(results: Results): Markup | null {
  const [metrics, guardrails] = (['metric', 'guardrail'] as const).map((role) => forestPlot(results, role))
  if (!metrics && !guardrails) return null
  return html`<section><h2>Changes against <bdi>${results.control}</bdi></h2>
${metrics}
${guardrails && html`<h2>Guardrails <small>with a scale of their own; beyond the dashed line harm passes the margin</small></h2>${guardrails}`}
${reading(results)}</section>`
}

/** How to read the plots and the table. */
function reading(results: Results): Markup {
  const { decides, other } = methodsOf(results)
  const isAnytime = results.decision.method === 'any-time'
  const all = results.metrics.flatMap(({ comparisons }) => comparisons)
  const provisional = all.some((comparison) => comparison.provisional)
    ? ' Provisional: what users do later still counts, which adds some error.'
    : ''
  const looks = isAnytime
    ? 'It is right however often one looks; the thin line, of a single look, is not.'
    : 'It is right for this one look; the thin line would be right however often one looks.'
  return html`<p class="reading"><b>How to read it.</b> A dot is a branch’s relative change, the thick line its ${coverage(results)} interval by the ${decides} method, which decides. ${looks} A dot is filled where the change is told apart from none, allowing for all metrics and branches at once (guardrails are each a question of their own). p-values are of the absolute difference (pp: percentage points), to which the relative interval comes close, so that at the edge the two may differ. Values are as they were counted; changes are adjusted by what users did before their exposure (CUPED) and for phases, and so may differ from the values’ quotient. The thin line’s method is called ${other}.${provisional}</p>`
}

function numbers(results: Results): Markup | null {
  if (results.metrics.length === 0) return null
  return html`<section><h2 id="numbers">All numbers</h2>${metricTable(results)}</section>`
}
