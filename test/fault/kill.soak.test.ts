import { expect, test } from 'vitest'
import { runSeed } from '../support/random.js'
import { tempDir } from '../support/temp.js'
import { nothingDiffers } from './inspect.js'
import { killRepeatedly } from './kill.js'

const ROUNDS = 20
const KILLS = 50
const seed = runSeed('kill soak')

// Rounds of their own directories, so that a rare loss is found with few kills to look through.
test.each(Array.from({ length: ROUNDS }, (_, i) => seed + i))(
  `${KILLS} kills from seed %i lose and double nothing`,
  async (round) => {
    const report = await killRepeatedly(tempDir(), round, KILLS)
    expect(report).toMatchObject({ missing: [], doubled: [], unknown: [], unaccounted: 0 })
    expect(report.differing).toEqual(nothingDiffers)
  },
  30 * 60_000,
)
