import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { codeOf, runCode, typeErrors } from '../support/doc-code.js'

const code = codeOf('docs/sdk/openfeature.md')
const branches = (...names: string[]) => ({ branches: names.map((name) => ({ name, weight: 1 })) })
const tests = { checkout: branches('master', 'one-page'), results: { ...branches('master', 'many'), ship: 'many' } }

let said: unknown[]
let sent: { event: string; user: string }[]
beforeEach(() => {
  said = []
  sent = []
  vi.spyOn(console, 'log').mockImplementation((text) => void said.push(text))
  vi.stubGlobal('fetch', async (url: string, init?: { body: Blob }) => {
    expect(url).toMatch(/^https:\/\/assay\.example\.com\/v1\/.*key=WRITE_KEY/)
    if (!init?.body) return Response.json({ tests })
    sent.push(...JSON.parse(await init.body.text()).events)
    return Response.json({ rejected: [] }, { status: 202 })
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

test('the code of docs/sdk/openfeature.md has the right types', async () => {
  expect(Object.keys(code)).toEqual(['server.ts', 'page.ts'])
  expect(await typeErrors(code)).toBe('')
})

test('server.ts says what the comments say, and sends what it tracks', async () => {
  await runCode(code, 'server.ts')
  expect(said).toEqual(['master', false, 50])
  expect(sent.map(({ event, user }) => [event, user])).toEqual([
    ['$exposure', 'ann'],
    ['purchase', 'ann'],
  ])
})

test('page.ts keeps its branch as the user signs in, and sends what it tracks', async () => {
  await runCode(code, 'page.ts')
  expect(said[1]).toBe(said[0] !== 'master')
  expect(sent.map(({ event }) => event)).toEqual(['$exposure', '$identify', 'purchase'])
  expect(new Set(sent.map(({ user }) => user)).size).toBe(1)
})
