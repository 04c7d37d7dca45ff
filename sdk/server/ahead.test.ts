import type { OutgoingHttpHeaders } from 'node:http'
import { expect, test } from 'vitest'
import { createFakeClient } from '../testing/testing.js'
import { type RequestVisitor, visit, visitFetch } from './server.js'

const ID = 'V1StGXR8_Z5jdHi6B-myT'

/** What a server does for each page, and what comes of it. */
function serve(headers: Record<string, string>, client = createFakeClient({ branches: { checkout: 'one-page' } })) {
  const { visitor, respond } = visitFetch(client, new Request('https://shop.test/', { headers }))
  const branch = work(visitor)
  const cookies = respond(new Response()).headers.getSetCookie()
  return { client, branch, cookies, page: JSON.parse(visitor.bootstrap()) }
}

function work(visitor: RequestVisitor): string {
  visitor.track('view')
  visitor.report('view', 1, { checkout: 'one-page' })
  visitor.identify('ann')
  return visitor.assign('checkout')
}

test.each([
  ['sec-purpose', 'prefetch'],
  ['sec-purpose', 'prefetch;prerender'],
  ['sec-purpose', 'prefetch;anonymous-client-ip'],
  ['purpose', 'prefetch'],
])('%s: %s shows the branch and sets the cookie, and tells nothing', (name, value) => {
  const { client, branch, cookies, page } = serve({ [name]: value })
  expect([branch, client.events, client.exposures]).toEqual(['one-page', [], []])
  expect(cookies).toEqual([expect.stringMatching(/^assay=1\.[\w-]{21};/)])
  expect(page).toEqual({ config: client.config, attributes: {}, exposed: { user: expect.any(String), tests: {} } })
})

test('whoever then opens a page counts, as the same user', () => {
  const { client, cookies } = serve({ 'sec-purpose': 'prefetch' })
  const user = /1\.([\w-]{21})/.exec(cookies[0]!)![1]
  serve({ cookie: `assay=1.${user}` }, client)
  expect(client.exposures).toEqual([{ user, testId: 'checkout', branch: 'one-page' }])
})

test('an app behind is asked as the same user, and tells nothing either', () => {
  const client = createFakeClient({ branches: { checkout: 'one-page' } })
  const headers = { 'sec-purpose': 'prefetch;prerender' }
  const { visitor, forward } = visitFetch(client, new Request('https://shop.test/', { headers }))
  work(visitor)
  const behind = visitFetch(createFakeClient({ branches: { checkout: 'one-page' } }), forward()).visitor
  work(behind)
  const { exposed } = JSON.parse(behind.bootstrap())
  expect([behind.user, exposed, client.events]).toEqual([visitor.user, { user: visitor.user, tests: {} }, []])
})

test.each([{}, { purpose: 'preview-of-nothing' }, { 'sec-purpose': 'other' }])(
  'a request with %j is no such',
  (headers) => {
    const { client, page } = serve({ ...headers, cookie: `assay=1.${ID}` })
    expect([client.events.length, client.exposures.length]).toEqual([3, 1])
    expect(page.exposed).toEqual({ user: ID, tests: { checkout: 'one-page' } })
  },
)

test('who is left out is as ever', () => {
  const denied = createFakeClient({ branches: { checkout: 'one-page' }, consent: 'denied' })
  expect(serve({ 'sec-purpose': 'prefetch', dnt: '1' })).toMatchObject({ branch: 'master', cookies: [] })
  expect(serve({ 'sec-purpose': 'prefetch' }, denied).branch).toBe('master')
})

test('so are requests to Node’s own server', () => {
  const client = createFakeClient({ branches: { checkout: 'one-page' } })
  const headers: OutgoingHttpHeaders = {}
  const response = {
    getHeader: () => undefined,
    setHeader: (name: string, value: string[]) => (headers[name] = value),
    writeHead() {},
  }
  const visitor = visit(client, { headers: { 'sec-purpose': 'prefetch' } }, response)
  const branch = work(visitor)
  response.writeHead()
  expect([branch, client.events, client.exposures]).toEqual(['one-page', [], []])
  expect(headers['Set-Cookie']).toHaveLength(1)
})
