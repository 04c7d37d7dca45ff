import { defineConfig } from 'vitest/config'
import { leftOut } from './test/support/left-out.js'
import { LongestFirst } from './test/support/longest-first.js'

export default defineConfig({
  resolve: { conditions: ['assay-source'] },
  ssr: { resolve: { conditions: ['assay-source', 'node', 'import', 'default'] } },
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/*.soak.test.ts', ...leftOut('test')],
    reporters:
      process.env.VITEST_JSON === undefined
        ? ['default']
        : ['default', ['json', { outputFile: process.env.VITEST_JSON }]],
    // Each file gets a process of its own: an embedded engine's data directory belongs to one.
    pool: 'forks',
    // More than cores: what takes longest waits for brokers, stores and clocks most of the time.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
