import { expect, test } from 'vitest'
import { runFaults } from './run-faults.js'

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
const ROUNDS = 20

// A fresh installation each 50 faults; half a minute is what a broker may be paused for.
test.each(Array.from({ length: ROUNDS }, (_, i) => SEED + i))(
  '50 faults, seed %i',
  { timeout: 7_200_000 },
  async (seed) => {
    const runs = await runFaults({ seed, runs: 50, long: 30_000 })
    expect(runs.filter(({ wrong }) => wrong.length > 0)).toEqual([])
  },
)
