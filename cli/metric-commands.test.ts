import { Command } from 'commander'
import { beforeEach, expect, test, vi } from 'vitest'
import { metricCommands } from './metric-commands.js'
import { type Asked, fakeTests } from './testkit/fake-tests.js'

const definition = { name: 'm', kind: 'sum', event: 'buy', direction: 'up', lookback: 14 }
const changed = (version: number) => ({ app: 'shop', name: 'm', version })
const shown = (version: number) => ({ ...changed(version), tests: [{ testId: 't', stage: 'running' }], definition })
const refused = (status: number, code: string) => ({
  status,
  body: { title: 'Refused', detail: 'Expected.', code, advice: 'Read.' },
})

let printed: string
beforeEach(() => {
  printed = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text
    return true
  })
  return () => vi.restoreAllMocks()
})

type Answer = Parameters<typeof fakeTests>[0]
const known: Answer = (_, what) => {
  if (what.endsWith('/metrics')) return { body: { app: 'shop', metrics: [] } }
  if (what.endsWith('/history')) return { body: { app: 'shop', name: 'm', history: [] } }
  return { body: what.startsWith('GET') ? shown(3) : changed(4) }
}
const unknown: Answer = (_, what) =>
  what.startsWith('GET') ? refused(404, 'metric-not-found') : { status: 201, body: changed(1) }

async function run(args: readonly string[], answer = known) {
  const { url, key, asked } = await fakeTests(answer)
  const program = new Command().exitOverride()
  metricCommands(program)
  const error = await program.parseAsync(['metric', ...args, '--url', url, '--key', key], { from: 'user' }).then(
    () => undefined,
    (e) => e as Error,
  )
  return { asked, error }
}

const M = '/v1/apps/shop/metrics/m'
const read = { what: `GET ${M}` }

test.each<[string, Answer, Asked[]]>([
  ['list shop', known, [{ what: 'GET /v1/apps/shop/metrics' }]],
  ['show shop m', known, [read]],
  ['history shop m', known, [{ what: `GET ${M}/history` }]],
  ['history shop a/b?c', known, [{ what: 'GET /v1/apps/shop/metrics/a%2Fb%3Fc/history' }]],
  [
    'set shop m --kind conversion --event buy --window-days 7 --why x',
    unknown,
    [read, { what: `PUT ${M}`, body: { kind: 'conversion', event: 'buy', window: { to: 7 }, why: 'x' } }],
  ],
  [
    'set shop m --kind mean --event buy',
    known,
    [read, { what: `PUT ${M}`, match: '"3"', body: { kind: 'mean', event: 'buy' } }],
  ],
  [
    'set shop m --cap 5 --direction down --min-effect 0.1 --margin 0.2',
    known,
    [
      read,
      {
        what: `PUT ${M}`,
        match: '"3"',
        body: { ...definition, cap: { value: 5 }, direction: 'down', minEffect: 0.1, margin: 0.2 },
      },
    ],
  ],
])('assay metric %s', async (args, answer, expected) => {
  const { asked, error } = await run(args.split(' '), answer)
  expect({ asked, error }).toEqual({ asked: expected, error: undefined })
  expect(printed).toContain('shop')
})

test.each(['list shop', 'show shop m', 'history shop m', 'set shop m --cap 5'])(
  'assay metric %s --json prints what the server answered',
  async (args) => {
    const { asked } = await run([...args.split(' '), '--json'])
    expect(JSON.parse(printed)).toEqual(known(0, asked.at(-1)!.what).body)
  },
)

test.each<[string, Answer, object]>([
  [
    'that another changed meanwhile',
    (_, what) => (what.startsWith('GET') ? { body: shown(3) } : refused(412, 'version-mismatch')),
    {
      message: 'Expected m to stay as it was read; another changed it meanwhile.',
      advice: 'See who with: assay metric history shop m',
    },
  ],
  [
    'that is refused',
    (_, what) => (what.startsWith('GET') ? { body: shown(3) } : refused(400, 'definition-invalid')),
    { message: 'Refused. Expected.' },
  ],
  ['of an app one may not read', () => refused(403, 'key-forbidden'), { reason: 'key-forbidden' }],
])('a metric %s is told of', async (_, answer, expected) => {
  expect((await run(['set', 'shop', 'm', '--cap', '5'], answer)).error).toMatchObject(expected)
})
