import type { Definitions } from '@assay/core/control/definitions'
import { type Phase, phasesOf, stateAt } from '@assay/core/control/phases'
import { testMetrics } from '@assay/core/control/test-metrics'
import type { TestState } from '@assay/core/control/test-state'
import type { DecisionDefinition } from '@assay/core/definition/decision'
import { computationOf } from '@assay/core/definition/measure'
import type { MetricDefinition } from '@assay/core/definition/metric'
import { automaticTest, type TestDefinition } from '@assay/core/definition/test'
import { AssayError } from '@assay/core/errors'
import { shown } from '../validate.js'
import type { SnapshotRow } from './snapshot.js'

export type Role = 'metric' | 'guardrail'

export interface AskedMetric {
  metric: MetricDefinition
  role: Role
  /** Where a snapshot has it. */
  event: string
}

/** What a test is judged by: its definition as it was then, or what its events suggest. */
export interface Subject {
  app: string
  testId: string
  imported: boolean
  control: string
  decision: DecisionDefinition
  metrics: AskedMetric[]
  phases: readonly Phase[]
  /** Those of users who are in no phase. */
  weights: Readonly<Record<string, number>>
  definition?: Pick<TestDefinition, 'hypothesis' | 'owner'> & Pick<TestState, 'version' | 'stage'>
}

export interface Asked {
  app: string
  testId: string
  /** Unix milliseconds. */
  asOf: number
  /** Whether all that is known of it was imported. */
  imported: boolean
  control?: string | undefined
}

/** @throws AssayError `branch-not-found` for an unknown control */
export function subjectOf(asked: Asked, definitions: Definitions, rows: readonly SnapshotRow[]): Subject {
  const { app, testId, imported } = asked
  const names = [...new Set(rows.filter((r) => r.event === '').map((r) => r.branch))]
  const events = [...new Set(rows.map((r) => r.event))].filter((event) => event !== '' && !event.startsWith('$'))
  const automatic = automaticTest(names, events, imported)
  const history = definitions.test(app, testId)?.history.filter(({ at }) => at <= asked.asOf) ?? []
  const state = stateAt(history, asked.asOf)
  const definition = state?.definition ?? automatic
  const defined = testMetrics(definition, definitions.metrics(app), asked.asOf)
  const own = [...inRole(defined.metrics, 'metric'), ...inRole(defined.guardrails, 'guardrail')]
  return {
    app,
    testId,
    imported,
    control: asked.control === undefined ? definition.control : known(names, asked.control),
    decision: definition.decision,
    metrics: state === undefined || own.length === 0 ? automaticMetrics(automatic.metrics) : own,
    phases: phasesOf(history),
    weights: Object.fromEntries(definition.branches.map(({ name, weight }) => [name, weight])),
    ...(state && { definition: described(state) }),
  }
}

function described({ definition: { hypothesis, owner }, version, stage }: TestState) {
  return { version, stage, ...(hypothesis && { hypothesis }), ...(owner && { owner }) }
}

const inRole = (metrics: readonly MetricDefinition[], role: Role): AskedMetric[] =>
  metrics.map((metric) => ({ metric, role, event: computationOf(metric).id }))

const automaticMetrics = (metrics: ReturnType<typeof automaticTest>['metrics']): AskedMetric[] =>
  metrics.map((metric) => ({ metric, role: 'metric', event: metric.event }))

function known(branches: readonly string[], asked: string): string {
  if (branches.includes(asked)) return asked
  throw new AssayError(
    'branch-not-found',
    `Expected control to be one of ${branches.join(', ')}; ${shown(asked)} came.`,
  )
}
