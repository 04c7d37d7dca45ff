import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Metric, Results } from '@assay/query-api/analysis/reply'
import { createBareClient } from '@assay/sdk'
import { science } from '@assay/sdk/science'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openTarget, type Target } from '../support/target.js'
import { tempDir } from '../support/temp.js'

let target: Target
beforeAll(async () => {
  target = await openTarget()
})
afterAll(() => target.close())

const page = readFileSync(fileURLToPath(new URL('../../docs/sdk/science.md', import.meta.url)), 'utf8')
const shown = JSON.parse(/^```json\n(.*?)^```$/ms.exec(page)![1]!)

// A remote installation keeps what it was sent: each run has an app of its own.
const app = `scenario-science-${randomUUID()}`
const RUNS = 300
/** Of which so many are other runs in the candidate `wrong`. */
const MISMATCHES = 30
const BRANCHES = ['control', 'wrong', 'slow']

/** What a run takes the control: 1,000 to 1,299 ms. */
const milliseconds = (i: number) => 1000 + i

/** What an app does that was cut off from the server: it all happened two hours ago, and is delivered now. */
async function experiment(): Promise<void> {
  const client = createBareClient({
    ...{ url: target.ingestUrl, key: target.keys.write, app, user: 'server', config: { tests: {} } },
    batch: { events: 1000, wait: 60_000 },
    onDrop: (count, reason) => expect.unreachable(`${count} dropped: ${reason}`),
  })
  const price = science<number>('price', { client })
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: Date.now() - 7_200_000 })
  const within = async <T>(milliseconds: number, value: T) => {
    vi.advanceTimersByTime(milliseconds)
    return value
  }
  for (let i = 0; i < RUNS; i++)
    await price({
      use: () => within(milliseconds(i), i),
      try: {
        wrong: () => within(milliseconds(i), i % (RUNS / MISMATCHES) === 0 ? -1 : i),
        slow: () => within(2 * milliseconds(i), i),
      },
    })
  vi.useRealTimers()
  await client.close()
}

async function results(): Promise<Results> {
  const { code, out, err } = await target.assay(['results', app, 'price', '--json'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out)
}

const branchOf = ({ branches }: Metric, branch: string) => branches.find((one) => one.branch === branch)!
const against = ({ comparisons }: Metric, branch: string) => comparisons.find((one) => one.branch === branch)!

test('an experiment on code, from the app to the verdict: how often and how late, as it was', async () => {
  const file = join(tempDir(), 'price.json')
  writeFileSync(file, JSON.stringify({ ...shown, branches: BRANCHES.map((name) => ({ name, weight: 1 })) }))
  expect(await target.assay(['test', 'new', app, 'price', '--file', file])).toMatchObject({ code: 0, err: '' })
  await experiment()

  const whole = { control: RUNS, wrong: RUNS, slow: RUNS }
  await vi.waitFor(
    async () => {
      const { metrics } = await results()
      expect(Object.fromEntries(metrics[0]!.branches.map(({ branch, users }) => [branch, users]))).toEqual(whole)
    },
    { timeout: 60_000, interval: 200 },
  )
  const { metrics, verdict } = await results()
  const [mismatches, duration, p95] = metrics as [Metric, Metric, Metric]
  expect(metrics.map(({ name }) => name)).toEqual(['mismatches', 'duration', 'p95'])

  expect(BRANCHES.map((branch) => branchOf(mismatches, branch).mean)).toEqual([0, MISMATCHES / RUNS, 0])
  for (const [branch, mean, most] of [
    ['control', 1149.5, 1284],
    ['wrong', 1149.5, 1284],
    ['slow', 2299, 2568],
  ] as const) {
    expect(branchOf(duration, branch)).toMatchObject({ mean, sum: mean * RUNS })
    // A quantile is read to a hundredth of a percent.
    expect(Math.abs(branchOf(p95, branch).mean! / most - 1)).toBeLessThan(1e-4)
  }

  expect(against(mismatches, 'wrong')).toMatchObject({ verdict: 'worse', provisional: false, effect: 0.1 })
  expect(against(mismatches, 'slow').verdict).toBe('inconclusive')
  expect(against(duration, 'slow')).toMatchObject({ verdict: 'worse', provisional: false, effect: 1149.5, relative: 1 })
  expect(against(duration, 'wrong')).toMatchObject({ verdict: 'inconclusive', effect: 0 })
  expect(against(p95, 'slow')).toMatchObject({ verdict: 'worse', provisional: false })
  expect(verdict.outcome).toBe('undecided')
  expect(verdict.reasons).toContainEqual(expect.stringMatching(/^wrong is worse than control in mismatches: \+0.1,/))
}, 120_000)
