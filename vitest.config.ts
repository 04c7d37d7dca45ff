import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { leftOut } from './test/support/left-out.js'
import { LongestFirst } from './test/support/longest-first.js'

/** Some of the tests, by the name that is shown with each file. */
export const project = (
  name: string,
  include: string,
  exclude: string[] = [],
  isolate = true,
): TestProjectInlineConfiguration => ({
  resolve: { conditions: ['assay-source'] },
  ssr: { resolve: { conditions: ['assay-source', 'node', 'import', 'default'] } },
  test: {
    name,
    include: [include],
    exclude: ['**/node_modules/**', '**/dist/**', ...exclude],
    isolate,
    // An embedded engine's data directory belongs to one process at a time.
    pool: 'forks',
    globalSetup: ['test/support/bundled.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})

const excluded = ['**/*.soak.test.ts', ...leftOut('test')]

export default defineConfig({
  test: {
    projects: [
      // Each file in a process of its own: many start engines and others, or change the environment.
      project('whole', 'test/**/*.test.ts', excluded),
      // Those beside the code are light: one after another in a process they take half, as most of it is loading.
      project('parts', '!(test)/**/*.test.ts', excluded, false),
    ],
    reporters:
      process.env.VITEST_JSON === undefined
        ? ['default']
        : ['default', ['json', { outputFile: process.env.VITEST_JSON }]],
    // More than cores: what takes longest waits for brokers, stores and clocks most of the time.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
  },
})
