import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { testDefinition } from '@assay/core/definition/test'
import { wireEvent } from '@assay/core/event'
import { line } from '@assay/ingest/serialize'
import { science } from '@assay/sdk/science'
import { expect, test } from 'vitest'
import { NOON } from '../support/entry.js'
import { HOUR, last, start, type Told, tellStories } from '../support/story.js'

tellStories()

const page = readFileSync(fileURLToPath(new URL('../../docs/sdk/science.md', import.meta.url)), 'utf8')
const shown = JSON.parse(/^```json\n(.*?)^```$/ms.exec(page)![1]!)

/** What happens in so many runs, of ten by each user: one in ten fails to match, of which half are known and ignored. */
async function experiment(runs: number) {
  const reported: Told[] = []
  const mismatched: boolean[] = []
  const run = science<number>('permissions', {
    client: {
      visitor: ({ user }) => ({
        report: (event, value, tests, props) => reported.push(told({ user, event, value, tests, props })),
      }),
    },
    ignore: ({ value }) => value! % 20 === 0,
    afterRun: (result) => mismatched.push(result.mismatched.length > 0),
  })
  for (let i = 0; i < runs; i++)
    await run({ user: `u${Math.floor(i / 10)}`, use: () => i, try: { fast: () => (i % 10 === 0 ? -1 : i) } })
  return { reported, mismatches: mismatched.filter(Boolean).length }
}

/** As ingest takes it. */
function told(sent: object): Told {
  const { user, event, value = 1, tests = {}, props = {} } = wireEvent.parse({ app: 'shop-science', ...sent })
  const whole = { id: '', app: '', user, event, value, time: NOON + HOUR, tests, props, received: NOON }
  return { ...{ user, event, value, tests, hour: 1 }, props: JSON.parse(line(whole)).props }
}

const define = { what: 'define', testId: 'permissions', definition: testDefinition.parse(shown) }

test.each<[string, [hour: number, change: object][]]>([
  [
    'of a test that runs',
    [
      [0, define],
      [0, { ...start, testId: 'permissions' }],
    ],
  ],
  ['of a draft that was made later', [[2, define]]],
])('how often a candidate’s results differ is a metric, which the page on science shows: %s', async (_, changes) => {
  const runs = 2000
  const { reported, mismatches } = await experiment(runs)
  expect([reported.length, mismatches]).toEqual([2 * runs, runs / 20])
  const results = await last({ changes, events: reported, testId: 'permissions' })
  expect(results.branches).toEqual(['control', 'fast'].map((branch) => ({ branch, users: runs / 10 })))
  const [rate, duration] = results.metrics
  expect([rate!.name, rate!.branches.map(({ mean }) => mean)]).toEqual(['mismatches', [0, mismatches / runs]])
  expect(rate!.comparisons[0]).toMatchObject({ branch: 'fast', effect: mismatches / runs, verdict: 'worse' })
  expect(results.verdict.outcome).toBe('worse')
  expect(duration).toMatchObject({ name: 'duration', branches: [{ users: runs / 10 }, { users: runs / 10 }] })
})
