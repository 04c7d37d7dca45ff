import type { RolloutAction, RolloutRecord } from '@assay/core/control/record'
import type { TestState } from '@assay/core/control/test-state'
import type { Message } from './webhook.js'

const types: Record<RolloutAction, string> = {
  begin: 'rollout.begun',
  promote: 'rollout.promoted',
  suspend: 'rollout.suspended',
  resume: 'rollout.resumed',
  pause: 'rollout.paused',
  rollback: 'rollout.rolled_back',
}

/** What receivers are told of a step, with the state of its test after it. */
export function messageOf(record: RolloutRecord, { rollout, version }: TestState): Message {
  const { app, testId, action, by, why, reasons, dry = false } = record
  const { stage, step, weight, attempt, release } = rollout!
  const data = { app, testId, action, stage, step, weight, attempt, release, by, why, dry, reasons, version }
  const timestamp = new Date(record.at).toISOString()
  return { id: idOf(record), body: JSON.stringify({ type: types[action], timestamp, data }) }
}

/** The record's id as it is, but for characters that no header or signature may have. */
const idOf = ({ id }: RolloutRecord) => encodeURIComponent(id).replaceAll('.', '%2E')
