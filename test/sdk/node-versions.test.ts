import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { nodeBinary } from '../support/npm-binary.js'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** The oldest that the package promises, and the newest of each line when this was written. */
test.each(['20.19.0', '22.23.3', '24.21.0', '26.10.0'])(
  'the built package assigns, delivers and recovers on Node %s',
  async (version) => {
    const node = await nodeBinary(version)
    const story = [path('../dist/sdk/story.js'), path('../golden/assignment.json')]
    const { stdout, stderr } = await promisify(execFile)(node, story, { timeout: 30_000 })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      version,
      vectors: expect.any(Number),
      wrong: [],
      delivered: Array.from({ length: 20 }, (_, i) => `view-${i}`),
      recovered: ['kept-0', 'kept-1', 'kept-2'],
    })
    expect(JSON.parse(stdout).vectors).toBeGreaterThan(500)
  },
  300_000,
)
