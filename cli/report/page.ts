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

function head(results: Results): Markup {
  const { app, testId, definition, warnings } = results
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
  const isProvisional = results.metrics.some(({ comparisons }) => comparisons.some(({ provisional }) => provisional))
  const right = {
    'any-time': 'right however often one looks',
    'group-sequential': 'right at planned looks, of which it shows the one that decided or the last',
    'single-look': 'right for one look, settled beforehand',
  }
  return html`<p class="reading"><b>How to read it.</b> A dot is a branch’s change as a share of the control’s value, with its ${coverage(results)} interval: the thick line by the ${decides} method, which decides and is ${right[decides]}, the thin one by the ${other} method, ${right[other]}. Dots are filled where the p-value, which is of the absolute difference, is below ${results.decision.alpha} for all metrics and branches at once; “alone” is what only the metric’s own p-value says, and guardrails are each asked alone. Changes are adjusted for phases and for what users did before their exposure (CUPED), so they differ a little from the quotient of the values.${
    isProvisional ? ' Provisional: what users do later still counts, which adds some error.' : null
  }</p>`
}

function numbers(results: Results): Markup | null {
  if (results.metrics.length === 0) return null
  return html`<section><h2 id="numbers">All numbers</h2>${metricTable(results)}</section>`
}
