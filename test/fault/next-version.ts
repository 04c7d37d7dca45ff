import { type Migration, migrations } from '@assay/core/store/migrations'
import { nextStep } from '../support/next-step.js'

/** Bundled before the command, which is then of a version with one more step. */
const steps = migrations as Migration[]
steps.push(nextStep)
