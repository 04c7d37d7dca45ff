import { controlRecord, type RolloutRecord, rolloutActions } from '@assay/core/control/record'
import type { RolloutState } from '@assay/core/control/rollout-state'
import { expect, test } from 'vitest'
import { messageOf } from './message.js'

const tell = (more: object) => {
  const common = { id: 'a', at: 0, by: 'admin', app: 'shop', testId: 'checkout', expects: 1, what: 'rollout' }
  const record = controlRecord.parse({ ...common, action: 'begin', ...more }) as RolloutRecord
  const rollout = { stage: 'rolling', step: 0, weight: 0.01, attempt: 1, release: undefined } as RolloutState
  return messageOf(record, { version: 2, rollout } as Parameters<typeof messageOf>[1])
}

test('each action has a type of the letters that Standard Webhooks recommends', () => {
  const types = rolloutActions.map((action) => JSON.parse(tell({ action }).body).type)
  expect(types.filter((type) => !/^rollout\.[a-z_]+$/.test(type))).toEqual([])
  expect(new Set(types).size).toBe(rolloutActions.length)
})

test.each([
  ['V1StGXR8_Z5jdHi6B-myT', 'V1StGXR8_Z5jdHi6B-myT'],
  ['by hand 1.5', 'by%20hand%201%2E5'],
  ['größer', 'gr%C3%B6%C3%9Fer'],
])('a record’s id, %s, is fit for a header and a signature: %s', (id, expected) => {
  expect(tell({ id }).id).toBe(expected)
})
