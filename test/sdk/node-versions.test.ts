import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { bunBinary, denoBinary, nodeBinary } from '../support/npm-binary.js'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** The oldest Node that the package promises, the newest of each line when this was written, and those who are like it. */
const platforms: [name: string, program: () => Promise<string>, args?: string[]][] = [
  ...['20.19.0', '22.23.3', '24.21.0', '26.10.0'].map((version): [string, () => Promise<string>] => [
    `Node ${version}`,
    () => nodeBinary(version),
  ]),
  ['Bun', bunBinary],
  ['Deno', denoBinary, ['run', '--allow-all', '--no-check']],
]

test.each(platforms)(
  'the built package assigns, delivers and recovers: %s',
  async (name, program, args = []) => {
    const story = [path('../dist/sdk/story.js'), path('../golden/assignment.json')]
    const { stdout, stderr } = await promisify(execFile)(await program(), [...args, ...story], { timeout: 30_000 })
    expect(stderr).toBe('')
    const told = JSON.parse(stdout)
    expect(told).toEqual({
      version: name.startsWith('Node ') ? name.slice(5) : expect.any(String),
      vectors: expect.any(Number),
      wrong: [],
      delivered: Array.from({ length: 20 }, (_, i) => `view-${i}`),
      recovered: ['kept-0', 'kept-1', 'kept-2'],
    })
    expect(told.vectors).toBeGreaterThan(500)
  },
  300_000,
)
