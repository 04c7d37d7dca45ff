import type { Comparison, Metric, Results } from '@assay/query-api/analysis/reply'
import { html, type Markup } from './html.js'
import { effect, interval, percentChange } from './numbers.js'
import { type Scale, type Span, scaleOf } from './scale.js'
import { about, answersOf, coverage, methodsOf, standingOf } from './words.js'

/**
 * Relative effects with their intervals, a strip each: what decides thick, the other method’s thin under it. Places are in
 * percent and sizes in pixels, so that a strip is as wide as there is room while its lines and text keep their size.
 */
export function forestPlot(results: Results, role: Metric['role']): Markup | null {
  const metrics = results.metrics.filter((metric) => metric.role === role && metric.comparisons.length > 0)
  if (metrics.length === 0) return null
  const comparisons = metrics.flatMap((metric) => metric.comparisons)
  const spans = comparisons.flatMap(spanOf)
  const scale = scaleOf(
    spans,
    metrics.flatMap((metric) => metric.comparisons.flatMap((c) => marginOf(metric, c))),
  )
  const words = spans.length === 0 ? null : axis(scale)
  return html`<div class="forest">
${words}
${metrics.map((metric) => group(results, metric, scale))}
${words}
</div>`
}

/** What of a comparison is drawn; nothing where the method that decides has no relative interval. */
function spanOf(comparison: Comparison): Span[] {
  const { decides, other } = answersOf(comparison)
  if (comparison.relative === null || decides.relativeCi === null) return []
  const others = other.relativeCi === null ? [] : [other.relativeCi]
  return [{ estimate: comparison.relative, intervals: [decides.relativeCi, ...others] }]
}

const marginOf = ({ direction }: Metric, { guard }: Comparison): number[] =>
  guard === undefined ? [] : [direction === 'up' ? -guard.margin : guard.margin]

function group(results: Results, metric: Metric, scale: Scale): Markup {
  const margin = metric.comparisons.find(({ guard }) => guard !== undefined)?.guard?.margin
  const more = margin === undefined ? '' : ` · margin ${Number((100 * margin).toPrecision(6))} %`
  return html`<div class="group"><h3><bdi>${metric.name}</bdi> <small>${about(metric, results)}${more}</small></h3>
${metric.comparisons.map((comparison) => row(results, metric, comparison, scale))}</div>
`
}

function row(results: Results, metric: Metric, comparison: Comparison, scale: Scale): Markup {
  const { verdict, word } = standingOf(metric, comparison, results)
  const [span] = spanOf(comparison)
  return html`<div class="row ${verdict}"><bdi class="branch">${comparison.branch}</bdi>
${span === undefined ? absolute(metric, comparison) : strip(results, metric, comparison, span, scale)}
<b class="change">${span === undefined ? null : percentChange(span.estimate)}</b>
<span class="interval">${span === undefined ? null : interval(span.intervals[0]!, percentChange)}</span>
<em>${word}</em></div>
`
}

/** In place of a strip, where nothing relative is known. */
function absolute(metric: Metric, comparison: Comparison): Markup {
  const { ci } = answersOf(comparison).decides
  const size = (x: number) => effect(metric, x)
  if (comparison.effect === null || ci === null) return html`<span class="strip none">no interval</span>`
  return html`<span class="strip none">${size(comparison.effect)} (${interval(ci, size)}), no relative interval</span>`
}

function strip(results: Results, metric: Metric, comparison: Comparison, span: Span, scale: Scale): Markup {
  const [decides, other] = span.intervals
  const names = methodsOf(results)
  const [margin] = marginOf(metric, comparison)
  const { word } = standingOf(metric, comparison, results)
  const level = coverage(results)
  return html`<svg class="strip" role="img"><title>${metric.name}, ${comparison.branch} against ${results.control}: ${percentChange(span.estimate)}, ${names.decides} ${level} interval ${interval(decides!, percentChange)}</title><desc>${
    other === undefined ? '' : `${names.other} ${level} interval ${interval(other, percentChange)}; `
  }${word}</desc>${margin === undefined ? null : harm(margin, scale)}${scale.ticks.map((tick) => upright(tick === 0 ? 'zero' : 'tick', scale.place(tick)))}${
    margin === undefined ? null : upright('margin', scale.place(margin))
  }${other === undefined ? null : bar('other', other, scale, 22)}${bar('decides', decides!, scale, 12)}${estimate(span.estimate, scale)}</svg>`
}

const upright = (name: string, x: number) => html`<line class="${name}" x1="${x}%" x2="${x}%" y1="0" y2="100%"/>`

/** From the margin on away from 0. */
function harm(margin: number, scale: Scale): Markup {
  const x = scale.place(margin)
  const [from, width] = margin < 0 ? [0, x] : [x, 100 - x]
  return html`<rect class="harm" x="${from}%" width="${Math.max(0, width).toFixed(2)}%" y="0" height="100%"/>`
}

/** An interval, with a point where it goes on outside of the plot. */
function bar(name: string, [low, high]: readonly [number, number], scale: Scale, y: number): Markup {
  const within = (x: number) => Math.min(100, Math.max(0, scale.place(x)))
  const point = (x: number, turn: 1 | -1) =>
    html`<svg class="${name} point" x="${x}%" y="${y}"><path d="M${-6 * turn} -5L0 0L${-6 * turn} 5"/></svg>`
  return html`<line class="${name}" x1="${within(low)}%" x2="${within(high)}%" y1="${y}" y2="${y}"/>${
    low < scale.low ? point(0, -1) : null
  }${high > scale.high ? point(100, 1) : null}`
}

const estimate = (value: number, scale: Scale) =>
  value < scale.low || value > scale.high
    ? null
    : html`<circle class="estimate" cx="${scale.place(value)}%" cy="12" r="5"/>`

/** The words of the scale; the strips themselves say their numbers to who cannot see them. */
function axis(scale: Scale): Markup {
  const label = (tick: number) => (tick === 0 ? '0' : percentChange(tick).replace(/\.0+ /, ' '))
  return html`<div class="row axis" aria-hidden="true"><svg class="strip">${scale.ticks.map(
    (tick) => html`<text class="${anchor(scale.place(tick))}" x="${scale.place(tick)}%" y="12">${label(tick)}</text>`,
  )}</svg></div>`
}

/** Words at an edge stay within it. */
const anchor = (x: number) => (x < 3 ? 'first' : x > 97 ? 'last' : 'inner')
