import { Definitions } from '@assay/core/control/definitions'
import { type ControlRecord, controlRecord } from '@assay/core/control/record'
import type { TestState } from '@assay/core/control/test-state'
import { testDefinition } from '@assay/core/definition/test'
import { AssayError } from '@assay/core/errors'

export const NOON = Date.UTC(2026, 0, 5, 12)

const branches = ['master', 'new'].map((name) => ({ name, weight: 1 }))

export const defined = (rollout: object, more: object = {}) =>
  testDefinition.parse({ branches, control: 'master', metrics: [], rollout, ...more })

/** The test `t` of the app `shop`, whose rollout was begun at noon, and what happens to it. */
export class TestOf {
  readonly definitions = new Definitions()
  #ids = 0

  constructor(rollout: object, more: object = {}) {
    this.apply(NOON, { what: 'define', definition: defined(rollout, more) })
    this.apply(NOON, { what: 'rollout', action: 'begin' })
  }

  get state(): TestState {
    return this.definitions.test('shop', 't')!
  }

  /** @throws AssayError why it changes nothing */
  apply(at: number, what: object): TestState {
    const expects = this.definitions.test('shop', 't')?.version ?? 0
    const record = { id: `r${this.#ids++}`, at, by: 'admin', app: 'shop', testId: 't', expects, ...what }
    const outcome = this.definitions.apply(controlRecord.parse(record) as ControlRecord)
    if (outcome instanceof AssayError) throw outcome
    return this.state
  }
}
