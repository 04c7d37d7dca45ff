import { defineConfig } from 'vitest/config'
import base, { project } from './vitest.config.js'

// Long runs, by hand or at night.
export default defineConfig({ ...base, test: { ...base.test, projects: [project('soak', '**/*.soak.test.ts')] } })
