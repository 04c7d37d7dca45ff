import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { exit } from './failure.js'
import { testCommands } from './test-commands.js'
import { type Asked, fakeTests } from './testkit/fake-tests.js'
import { capturePrinted } from './testkit/printed.js'

const definition = {
  branches: [
    { name: 'master', weight: 9 },
    { name: 'new', weight: 1 },
    { name: 'other', weight: 2 },
  ],
  control: 'master',
  metrics: [],
  guardrails: [],
  decision: { method: 'any-time', alpha: 0.05, plannedUsers: 5000 },
  sticky: true,
}
const changed = (version: number) => ({ app: 'shop', testId: 't', version, stage: 'running' })
const defined = (version: number) => ({ ...changed(version), phase: 2, definition })
const refused = (code: string) => ({
  status: 412,
  body: { title: 'The definition has another version', detail: 'Expected.', code, advice: 'Read.' },
})
const mismatch = refused('version-mismatch')

const printed = capturePrinted()

type Answer = Parameters<typeof fakeTests>[0]
const usual: Answer = (_, what) => {
  if (what.endsWith('/tests')) return { body: { app: 'shop', tests: [] } }
  if (what.endsWith('/history')) return { body: { app: 'shop', testId: 't', history: [] } }
  return { body: what.startsWith('GET') ? defined(3) : changed(what.startsWith('PUT') ? 1 : 2) }
}

async function run(args: readonly string[], answer = usual) {
  const { url, key, asked } = await fakeTests(answer)
  const program = new Command().exitOverride()
  testCommands(program)
  const error = await program.parseAsync(['test', ...args, '--url', url, '--key', key], { from: 'user' }).then(
    () => undefined,
    (e) => e as Error,
  )
  return { asked, error }
}

const T = '/v1/apps/shop/tests/t'
const branches = (...weights: number[]) =>
  definition.branches.slice(0, weights.length).map(({ name }, i) => ({ name, weight: weights[i] }))
const least = { branches: branches(1, 1), control: 'master', metrics: [] }

test.each<[string, Asked[]]>([
  ['new shop t --branches master,new', [{ what: `PUT ${T}`, body: least }]],
  [
    'new shop t --branches master,new --weights 9,1 --why x --start',
    [
      { what: `PUT ${T}`, body: { ...least, branches: branches(9, 1), why: 'x' } },
      { what: `POST ${T}/start`, match: '"1"', body: {} },
    ],
  ],
  ['list shop', [{ what: 'GET /v1/apps/shop/tests' }]],
  ['list a/b', [{ what: 'GET /v1/apps/a%2Fb/tests' }]],
  ['show shop t', [{ what: `GET ${T}/definition` }]],
  ['show shop a/b?c', [{ what: 'GET /v1/apps/shop/tests/a%2Fb%3Fc/definition' }]],
  ['history shop t', [{ what: `GET ${T}/history` }]],
  [
    'weights shop t new=4 master=5 --why x',
    [
      { what: `GET ${T}/definition` },
      { what: `PUT ${T}`, match: '"3"', body: { ...definition, branches: branches(5, 4, 2), why: 'x' } },
    ],
  ],
  ['start shop t', [{ what: `POST ${T}/start`, body: {} }]],
  ['stop shop t --ship new --why x', [{ what: `POST ${T}/stop`, body: { ship: 'new', why: 'x' } }]],
  ['archive shop t --why x', [{ what: `POST ${T}/archive`, body: { why: 'x' } }]],
  ['current shop t', [{ what: `POST ${T}/current`, body: {} }]],
])('assay test %s', async (args, expected) => {
  const { asked, error } = await run(args.split(' '))
  expect({ asked, error }).toEqual({ asked: expected, error: undefined })
  expect(printed.out).toContain('shop')
})

test.each([
  'list shop',
  'show shop t',
  'history shop t',
  'weights shop t new=4',
  'start shop t',
  'new shop t --branches a',
])('assay test %s --json prints what the server answered', async (args) => {
  const { asked } = await run([...args.split(' '), '--json'])
  expect(JSON.parse(printed.out)).toEqual(usual(0, asked.at(-1)!.what).body)
})

describe('weights', () => {
  const change = ['weights', 'shop', 't', 'new=4']
  /** The first `lost` changes come too late. */
  const late =
    (lost: number): Answer =>
    (n, what) => {
      if (what.startsWith('GET')) return { body: defined(3 + n) }
      return n < 2 * lost ? mismatch : { body: changed(9) }
    }

  test('of a test that another changed meanwhile are changed after another look', async () => {
    const { asked, error } = await run(change, late(1))
    expect([error, asked.map(({ match }) => match)]).toEqual([undefined, [undefined, '"3"', undefined, '"5"']])
    expect(printed.err).toBe('t was changed meanwhile; reading it again and trying once more.\n')
    expect(printed.out).toContain('version 9')
  })

  test('of a test that is changed again and again are given up', async () => {
    const { asked, error } = await run(change, late(2))
    expect(asked).toHaveLength(4)
    expect(error).toMatchObject({
      message: 'Expected t to stay as it was read; others changed it twice meanwhile.',
      advice: 'See who with: assay test history shop t',
      code: exit.failed,
    })
  })

  test('that are refused are not tried again', async () => {
    const { asked, error } = await run(change, (n) => (n === 0 ? { body: defined(3) } : refused('definition-invalid')))
    expect([asked.length, error?.message]).toEqual([2, 'The definition has another version. Expected.'])
  })

  test('of a branch that the test has not are refused, and nothing is changed', async () => {
    const { asked, error } = await run(['weights', 'shop', 't', 'master=1', 'gnu=4'])
    expect(asked).toHaveLength(1)
    expect(error).toMatchObject({
      message: 'Expected branches of t, which are master, new, other; gnu came.',
      code: exit.usage,
    })
  })

  test('with --json print nothing but JSON', async () => {
    await run([...change, '--json'], late(1))
    expect([printed.err, JSON.parse(printed.out)]).toEqual(['', changed(9)])
  })
})

test('a new test that is there already is told of', async () => {
  const { error } = await run(['new', 'shop', 't', '--branches', 'a'], () => mismatch)
  expect(error).toMatchObject({
    message: 'Expected a new test; shop has a test t already.',
    advice: 'See it with: assay test show shop t',
  })
})
