import { expect, test } from 'vitest'
import { runSeed } from '../support/random.js'
import { tempDir } from '../support/temp.js'
import { nothingDiffers } from './inspect.js'
import { killRepeatedly } from './kill.js'

const KILLS = 25

test(
  `after ${KILLS} kills under load every acknowledged event is counted once, in every table`,
  async () => {
    const report = await killRepeatedly(tempDir(), runSeed('kill'), KILLS)
    expect(report.acknowledged).toBeGreaterThan(1000)
    expect(report).toMatchObject({ missing: [], doubled: [], unknown: [], unaccounted: 0 })
    expect(report.differing).toEqual(nothingDiffers)
  },
  10 * 60_000,
)
