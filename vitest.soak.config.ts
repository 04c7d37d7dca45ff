import { defineConfig } from 'vitest/config'
import base from './vitest.config.js'

// Long runs, by hand or at night.
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['**/*.soak.test.ts'], exclude: ['**/node_modules/**', '**/dist/**'] },
})
