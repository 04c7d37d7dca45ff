import { expect, test } from 'vitest'
import { answer, comparison, metric, resultsWith } from '../testkit/results.js'
import { forestPlot } from './forest-plot.js'

const wide = comparison({ relative: 0.5, anytime: answer([0, 1]), fixed: answer([0.25, 0.75]) })
const plot = (...metrics: ReturnType<typeof metric>[]) => forestPlot(resultsWith({ metrics }), 'metric')?.text ?? ''

test('an interval and its estimate stand where the scale has them, the other method’s beside it', () => {
  const text = plot(metric({}, wide))
  // From −6 % to 106 %.
  for (const part of [
    '<line class="zero" x1="5.36%" x2="5.36%"',
    '<line class="decides" x1="5.36%" x2="94.64%"',
    '<line class="other" x1="27.68%" x2="72.32%"',
    '<circle class="estimate" cx="50%"',
    '<title>buyers, one-page against master: +50.0 %, any-time 95 % interval 0 to +100.0 %</title>',
    '<desc>single-look 95 % interval +25.0 to +75.0 %; better</desc>',
  ])
    expect(text).toContain(part)
  expect(text).not.toContain('point')
})

test('the method that decides is the thick one', () => {
  const text = plot(metric({}, { ...wide, method: 'single-look' }))
  expect(text).toContain('<line class="decides" x1="27.68%" x2="72.32%"')
})

test('an interval that is far wider than others is cut, and points on', () => {
  const far = comparison({ relative: 90, anytime: answer([-100, 200]), fixed: answer(null) })
  const [, first, second] = plot(metric({}, wide), metric({}, far)).split('class="group"')
  expect(first).not.toContain('point')
  expect(second).toContain('<line class="decides" x1="0%" x2="100%"')
  expect(second!.match(/class="decides point" x="(0|100)%"/g)).toHaveLength(2)
  expect(second).not.toContain('circle')
})

test('where nothing relative is known the absolute effect is told', () => {
  const none = comparison({ anytime: answer(null, { ci: [-0.01, 0.04] }) })
  const text = plot(metric({}, none), metric({}, { ...none, anytime: answer(null, { ci: null }) }))
  expect(text).toContain('+1.57 pp (−1 to +4 pp), no relative interval')
  expect(text).toContain('no interval</span>')
  expect(text).not.toContain('<svg')
})

test.each([
  ['up', 'x="0%" width="5.36%"', '5.36%'],
  ['down', 'x="76.79%" width="23.21%"', '76.79%'],
] as const)(
  'guardrails, %s being better, are apart with their margin on the side of harm',
  (direction, shade, margin) => {
    const guarded = comparison({
      relative: 0,
      anytime: answer([-0.1, 0.15]),
      fixed: answer(null),
      guard: { margin: 0.1, state: 'unclear' },
    })
    const results = resultsWith({ metrics: [metric(), metric({ role: 'guardrail', direction }, guarded)] })
    expect(forestPlot(results, 'metric')!.text).not.toContain('margin')
    const text = forestPlot(results, 'guardrail')!.text
    expect(text).toContain(`<rect class="harm" ${shade}`)
    expect(text).toContain(`<line class="margin" x1="${margin}"`)
    expect(text).toContain('margin 10 %')
  },
)

test('without comparisons there is no plot', () => {
  expect(forestPlot(resultsWith({ metrics: [] }), 'metric')).toBeNull()
  expect(forestPlot(resultsWith(), 'guardrail')).toBeNull()
})
