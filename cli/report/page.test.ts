import { createHash } from 'node:crypto'
import type { Metric, Results } from '@assay/query-api/analysis/reply'
import { type ParserError, parse, type DefaultTreeAdapterTypes as Tree } from 'parse5'
import { describe, expect, test } from 'vitest'
import { answer, comparison, metric, resultsWith } from '../testkit/results.js'
import { reportPage } from './page.js'
import { colours } from './style.js'

type Element = Tree.Element

/** The page as a browser has it. @throws for what the standard calls a parse error */
function read(page: string) {
  const errors: ParserError[] = []
  const root = parse(page, { onParseError: (error) => errors.push(error) })
  expect(errors).toEqual([])
  const all = elementsOf(root)
  const of = (...names: string[]) => all.filter(({ tagName }) => names.includes(tagName))
  const withClass = (name: string) => all.filter((e) => attribute(e, 'class')?.split(' ').includes(name))
  return { all, of, withClass, text: (...names: string[]) => of(...names).map(textOf) }
}

const elementsOf = (node: Tree.Node): Element[] =>
  'childNodes' in node
    ? node.childNodes.flatMap((child) => ('tagName' in child ? [child, ...elementsOf(child)] : elementsOf(child)))
    : []
const textOf = (node: Tree.Node): string =>
  'value' in node ? node.value : 'childNodes' in node ? node.childNodes.map(textOf).join('') : ''
const attribute = ({ attrs }: Element, name: string) => attrs.find((a) => a.name === name)?.value

const nothing = answer(null, { pValue: null, lnP: null, ci: null, reason: 'no-variance' })
const nobody = answer(null, { pValue: null, lnP: null, ci: null, reason: 'insufficient' })
const unknown = comparison({ relative: 0, effect: 0, fixed: nothing, anytime: nothing, verdict: 'inconclusive' })
const long = 'n'.repeat(128)
const hostile = [
  '</script><script>alert(1)</script>',
  `"'&<b onclick=x>`,
  '\u202eevil',
  long,
  '-->',
  '\0\ud800',
  'عربي',
]
const guardrail: Partial<Metric> = { name: 'errors', role: 'guardrail', direction: 'down' }
const branches = Array.from({ length: 50 }, (_, i) => `b${i}`)

const pages: [string, Results][] = [
  ['a usual one', resultsWith()],
  ['one without metrics', resultsWith({ metrics: [] })],
  [
    'one of one branch',
    resultsWith({ branches: [{ branch: 'master', users: 1 }], metrics: [{ ...metric(), comparisons: [] }] }),
  ],
  ['one of no users', resultsWith({ branches: [{ branch: 'master', users: 0 }], phases: [], metrics: [] })],
  [
    'one of a test that nobody is in yet',
    resultsWith({
      branches: [
        { branch: 'one-page', users: 0 },
        { branch: 'master', users: 0 },
      ],
      crossover: { users: 0, share: null, ci: null, pValue: null },
      metrics: [
        metric(
          {
            branches: ['master', 'one-page'].map((branch) => ({ branch, users: 0, mean: null, stddev: null, sum: 0 })),
          },
          comparison({
            relative: null,
            effect: null,
            fixed: nobody,
            anytime: nobody,
            verdict: 'inconclusive',
            cuped: null,
          }),
        ),
      ],
      verdict: { outcome: 'undecided', branch: null, reasons: ['No users yet.'] },
    }),
  ],
  ['one without definition', { ...resultsWith(), definition: undefined } as unknown as Results],
  ['one of which nothing is known', resultsWith({ metrics: [metric({}, unknown)] })],
  [
    'one of numbers beyond reason',
    resultsWith({
      metrics: [
        metric(
          {},
          comparison({
            relative: 1e308,
            effect: -1e-308,
            anytime: answer([-1e308, 1e308]),
            fixed: answer([1e-308, 2e-308]),
          }),
        ),
      ],
    }),
  ],
  [
    'one of fifty branches',
    resultsWith({
      branches: branches.map((branch) => ({ branch, users: 1 })),
      metrics: [metric({}, ...branches.map((branch) => comparison({ branch })))],
    }),
  ],
  ...hostile.map((name): [string, Results] => [
    `one where all is called ${JSON.stringify(name.slice(0, 40))}`,
    resultsWith({
      app: name,
      testId: name,
      control: name,
      definition: { version: 1, stage: 'draft', hypothesis: name, owner: name },
      branches: [{ branch: name, users: 1 }],
      verdict: { outcome: 'better', branch: name, reasons: [name] },
      metrics: [
        metric(
          { name, event: name, branches: [{ branch: name, users: 1, mean: 1, stddev: null, sum: 1 }] },
          comparison({ branch: name }),
        ),
      ],
      warnings: [{ code: name, message: name }],
    }),
  ]),
]

describe.each(pages)('%s', (_, results) => {
  const page = reportPage(results)
  const { all, of, text } = read(page)

  test('is whole and of no elements but its own', () => {
    const own =
      'html head meta title style script body main header footer section p h1 h2 h3 ul li dl div dt dd table caption thead tbody tr th td bdi b em small span time blockquote svg line rect circle path text title desc'
    expect(all.map(({ tagName }) => tagName).filter((name) => !own.split(' ').includes(name))).toEqual([])
    expect(of('h1')).toHaveLength(1)
    expect(page.match(/NaN|Infinity|undefined|\[object/g)).toBeNull()
  })

  test('loads, runs and styles nothing but its own style, which the policy names by its digest', () => {
    const names = new Set(all.flatMap(({ attrs }) => attrs.map(({ name }) => name)))
    expect([...names].filter((name) => /^(on|style|src|href|action|http(?!-equiv)|srcset|data$)/.test(name))).toEqual(
      [],
    )
    expect(of('script').map((e) => attribute(e, 'type'))).toEqual(['application/json'])
    const policy = attribute(of('meta').find((e) => attribute(e, 'http-equiv'))!, 'content')
    const digest = createHash('sha256').update(text('style')[0]!).digest('base64')
    expect(policy).toBe(`default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`)
    expect(text('style')[0]).not.toMatch(/url\(|@import/)
  })

  test('is made again of the JSON in it', () => {
    const found = JSON.parse(text('script')[0]!)
    expect(found).toEqual(JSON.parse(JSON.stringify(results)))
    expect(reportPage(found) === page).toBe(true)
  })

  test('says in words what its pictures show, and heads its tables', () => {
    for (const svg of of('svg').filter((e) => attribute(e, 'role') === 'img'))
      expect(svg.childNodes.map(({ nodeName }) => nodeName).slice(0, 2)).toEqual(['title', 'desc'])
    expect(of('th').filter((e) => !attribute(e, 'scope'))).toEqual([])
    const columns = (table: Element) =>
      elementsOf(table)
        .filter(({ tagName }) => tagName === 'tr')
        .map((tr) => tr.childNodes.reduce((n, c) => n + Number('tagName' in c ? (attribute(c, 'colspan') ?? 1) : 0), 0))
    expect(of('table').map((table) => new Set(columns(table)).size)).toEqual(of('table').map(() => 1))
  })
})

test.each<[string, Partial<Results>, string]>([
  ['better', {}, 'one-page is better than master.'],
  [
    'worse',
    { verdict: { outcome: 'worse', branch: null, reasons: [] } },
    'Keep master: no other branch is better, and each is worse or harms a guardrail.',
  ],
  ['undecided', { verdict: { outcome: 'undecided', branch: null, reasons: [] } }, 'Not decided yet.'],
  ['invalid', { verdict: { outcome: 'invalid', branch: null, reasons: [] } }, 'These results cannot be believed.'],
])('the verdict of what is %s', (_, changes, words) => {
  expect(read(reportPage(resultsWith(changes))).text('h2')[0]).toBe(words)
})

test.each<[string, Metric, string]>([
  ['told apart', metric(), 'better'],
  ['told apart alone', metric({}, comparison({ adjusted: { pValue: 0.06, lnP: -2.8 } })), 'better alone'],
  ['not told apart', metric({}, comparison({ verdict: 'inconclusive' })), 'not told apart'],
  ['unknown', metric({}, unknown), 'no user differs'],
  ['looked at too early', metric({}, comparison({ method: 'single-look', verdict: 'inconclusive' })), 'too early'],
  ['not looked at yet', metric({}, comparison({ method: 'group-sequential', verdict: 'inconclusive' })), 'no look yet'],
  ['a guardrail that is harmed', metric(guardrail, comparison({ verdict: 'worse' })), 'harmed'],
  [
    'one that is well',
    metric(guardrail, comparison({ verdict: 'inconclusive', guard: { margin: 0.3, state: 'safe' } })),
    'within its margin',
  ],
  [
    'one that is neither',
    metric(guardrail, comparison({ verdict: 'inconclusive', guard: { margin: 0.1, state: 'unclear' } })),
    'harm not shown',
  ],
])('a metric that is %s', (_, of, word) => {
  const { text } = read(reportPage(resultsWith({ metrics: [of] })))
  expect(text('em')).toEqual([word])
  expect(text('td').at(-1)).toBe(word)
})

test('the numbers of a branch, by the method that decides and by the other one', () => {
  const { of, text } = read(reportPage(resultsWith()))
  expect(text('thead').at(-1)).toBe(
    'BranchUsersValueChange95 % interval, any-time95 % interval, single-lookp, any-timep for all metricsp, single-lookSaved by CUPEDVerdict',
  )
  const cells = elementsOf(of('tr').at(-1)!).filter(({ tagName }) => ['th', 'td'].includes(tagName))
  expect(cells.map(textOf)).toEqual([
    'one-page',
    '10,000',
    '11.62 %',
    '+15.6 %+1.57 pp',
    '+2.2 to +29.0 %+0.6 to +2.5 pp',
    '+7.1 to +24.1 %+0.6 to +2.5 pp',
    '0.0062',
    '0.0124',
    '0.0003',
    '31.0 %',
    'better',
  ])
})

test('users known by several ids are told of where there are any', () => {
  const facts = (users: number) =>
    read(reportPage(resultsWith({ identified: { users, differing: 0, shared: 0 } }))).text('dd')
  expect(facts(1200)).toContain('1,200 users, each counted once')
  expect(facts(0).join()).not.toContain('each counted once')
})

test('of planned looks, the one that is shown and how many there are', () => {
  const looked = { ...answer([0.05, 0.2], { pValue: 0.01 }), effect: 0.012, look: 2, information: 0.4 }
  const { text } = read(
    reportPage(
      resultsWith({
        decision: { method: 'group-sequential', alpha: 0.05, plannedUsers: 5000, looks: 5 },
        metrics: [metric({}, comparison({ method: 'group-sequential', sequential: looked }))],
      }),
    ),
  )
  expect(text('dd')).toContain('5,000 users of two branches, 5 looks')
  expect(text('title')).toContain(
    'buyers, one-page against master: +15.6 %, group-sequential 95 % interval +5.0 to +20.0 %',
  )
  expect(text('td').at(-1)).toBe('betterlook 2, at 40.0 % of the planned users')
})

test.each(['light', 'dark'] as const)('the %s page has the contrast that WCAG 2 asks of text', (theme) => {
  const { ground, raised, harm, line, ...texts } = colours[theme]
  const low = Object.entries(texts).filter(([, text]) =>
    [ground, raised].some((behind) => contrast(text, behind) < 4.5),
  )
  expect(low).toEqual([])
})

function contrast(a: string, b: string): number {
  const luminance = (colour: string) => {
    const [r, g, bl] = [1, 3, 5].map((i) => Number.parseInt(colour.slice(i, i + 2), 16) / 255)
    const linear = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear(r!) + 0.7152 * linear(g!) + 0.0722 * linear(bl!)
  }
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}
