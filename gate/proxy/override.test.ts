import { expect, test } from 'vitest'
import { proxy } from '../testkit/proxy.js'
import { decisionsBy, release } from '../testkit/tests.js'
import { upstream } from '../testkit/upstream.js'

const SECRET = 'open:sesame'

async function shop(share: number, override?: string) {
  const [control, canary] = [await upstream('control'), await upstream('canary')]
  const decisions = decisionsBy(release(share, { sticky: true }))
  const opened = await proxy({ upstreams: { control: control.url, next: canary.url }, decisions, override })
  return { ...opened, control, canary }
}

test.each([
  ['by header', { 'x-assay-override': `next:${SECRET}` }],
  ['by cookie', { cookie: `a=b; assay-override=next:${SECRET}; assay=1.V1StGXR8_Z5jdHi6B-myT` }],
])('a tester %s has the branch, and is not counted', async (_, headers) => {
  const { ask, told, close, canary } = await shop(0, SECRET)
  const answer = await ask({ headers })
  expect(answer.body).toBe('canary GET /')
  expect(answer.headers['set-cookie']).toBeUndefined()
  expect(canary.requests[0]!.headers['x-assay-branch']).toBe('next')
  expect(JSON.stringify(canary.requests[0]!.rawHeaders)).not.toMatch(/sesame/)
  await close()
  expect(told.events).toEqual([])
})

test.each([
  ['the control', `master:${SECRET}`],
  ['a branch without an upstream', `other:${SECRET}`],
])('a tester may ask for %s', async (_, value) => {
  const { ask, told, close } = await shop(1, SECRET)
  expect((await ask({ headers: { 'x-assay-override': value } })).body).toBe('control GET /')
  await close()
  expect(told.events).toEqual([])
})

test.each([
  ['another secret', SECRET, 'next:sesame'],
  ['a longer one', SECRET, `next:${SECRET}!`],
  ['none', SECRET, 'next'],
  ['an empty one', SECRET, 'next:'],
  ['no branch', SECRET, `:${SECRET}`],
  ['a branch that is badly encoded', SECRET, `%E0%A4%A:${SECRET}`],
  ['a secret where there is none', undefined, 'next:undefined'],
])('%s changes nothing', async (_, override, value) => {
  const { ask, control, close, told } = await shop(0, override)
  expect((await ask({ headers: { 'x-assay-override': value } })).body).toBe('control GET /')
  expect((await ask({ headers: { cookie: `assay-override=${value}` } })).body).toBe('control GET /')
  expect(JSON.stringify(control.requests.map(({ rawHeaders }) => rawHeaders))).not.toMatch(/override/i)
  await close()
  expect(told.named('$request')).toHaveLength(2)
})
