import { AssayError } from '@assay/core/errors'
import { afterAll, beforeAll, expect, it, test, vi } from 'vitest'
import { type Canaries, startCanaries } from '../testkit/canary.js'
import { keys } from '../testkit/server.js'

let api: Canaries
beforeAll(async () => {
  api = await startCanaries()
})
afterAll(() => api.close())

const definitionOf = async (test: string) => (await api.get(`/v1/apps/shop/tests/${test}/definition`)).json()

it('takes a step, tells the rollout, and writes down who, when and why', async () => {
  const testId = await api.rollout()
  const begun = await api.step(testId, { action: 'begin', release: '1.4.2', why: 'a new basket' })
  const at = new Date(api.now).toISOString()
  const rollout = {
    ...{ stage: 'rolling', step: 0, weight: 0.01, attempt: 1, release: '1.4.2', began: at, since: at, suspensions: 0 },
    last: { action: 'begin', at, by: 'admin', why: 'a new basket', reasons: [] },
  }
  const whole = { app: 'shop', testId, version: 2, stage: 'running', rollout }
  expect(begun).toEqual({ status: 200, etag: '"2"', body: whole })
  expect(await definitionOf(testId)).toMatchObject({ ...whole, phase: 2 })
  const { history } = (await api.get(`/v1/apps/shop/tests/${testId}/history`)).json()
  expect(history[1]).toMatchObject({ what: 'rollout', action: 'begin', release: '1.4.2', why: 'a new basket' })
})

test.each([
  ['promote', { stage: 'rolling', step: 1, weight: 0.05 }],
  ['suspend', { stage: 'suspended', weight: 0, suspensions: 1 }],
  ['pause', { stage: 'paused', weight: 0.01 }],
  ['rollback', { stage: 'rolled-back', weight: 0 }],
])('%s', async (action, rollout) => {
  const testId = await api.rollout('begin')
  expect((await api.step(testId, { action }, '"2"')).body).toMatchObject({ version: 3, rollout })
  expect((await definitionOf(testId)).rollout).toMatchObject(rollout)
})

it('is refused where it is not possible, and then changes nothing', async () => {
  const testId = await api.rollout('begin')
  const refused = async (body: object, match?: string, of = testId) => {
    const { status, body: problem } = await api.step(of, body, match)
    return [status, problem.code]
  }
  expect(await refused({ action: 'begin' })).toEqual([409, 'transition-invalid'])
  expect(await refused({ action: 'resume' })).toEqual([409, 'transition-invalid'])
  expect(await refused({ action: 'promote' }, '"1"')).toEqual([412, 'version-mismatch'])
  expect(await refused({ action: 'rollback' }, '"1"')).toEqual([412, 'version-mismatch'])
  expect(await refused({ action: 'promote', release: '2' })).toEqual([400, 'definition-invalid'])
  expect(await refused({ action: 'guess' })).toEqual([400, 'definition-invalid'])
  expect(await refused({})).toEqual([400, 'definition-invalid'])
  expect(await refused({ action: 'begin' }, undefined, 'none')).toEqual([404, 'test-not-found'])
  expect((await definitionOf(testId)).version).toBe(2)
  const url = `/v1/apps/shop/tests/${testId}/rollout`
  const headers = { authorization: `Bearer ${keys.read}` }
  const reply = await api.server.inject({ method: 'POST', url, headers, payload: { action: 'rollback' } })
  expect([reply.statusCode, reply.json().code]).toEqual([403, 'key-forbidden'])
})

it('needs a definition with a rollout', async () => {
  await api.define('bare', { rollout: undefined })
  const { status, body } = await api.step('bare', { action: 'begin' })
  expect([status, body.code]).toEqual([409, 'transition-invalid'])
})

it('is taken though the controller was faster, if it takes users from the canary; others are not', async () => {
  const testId = await api.rollout('begin')
  const write = vi.spyOn(api.control, 'write')
  const faster = new AssayError('version-mismatch', 'Expected another version.')
  write.mockRejectedValueOnce(faster).mockRejectedValueOnce(faster)
  expect((await api.step(testId, { action: 'rollback' })).body).toMatchObject({ rollout: { stage: 'rolled-back' } })
  await api.step(testId, { action: 'begin' })
  write.mockRejectedValueOnce(faster)
  expect((await api.step(testId, { action: 'promote' })).status).toBe(412)
  write.mockRejectedValue(faster)
  expect((await api.step(testId, { action: 'suspend' })).status).toBe(412)
  write.mockRestore()
})
