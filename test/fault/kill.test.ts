import { expect, test } from 'vitest'
import { runSeed } from '../support/random.js'
import { tempDir } from '../support/temp.js'
import { killRepeatedly } from './kill.js'

const KILLS = 50

test(
  `after ${KILLS} kills under load every acknowledged event is counted once, in every table`,
  async () => {
    const report = await killRepeatedly(tempDir(), runSeed('kill'), KILLS)
    expect(report.acknowledged).toBeGreaterThan(1000)
    expect(report).toMatchObject({ missing: [], doubled: [], unknown: [] })
    expect(report.differing).toEqual({ bucket_rollup: 0, exposures: 0, facts: 0 })
  },
  10 * 60_000,
)
