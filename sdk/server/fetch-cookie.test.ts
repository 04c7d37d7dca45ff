import { expect, test } from 'vitest'
import { createClient } from '../index.js'
import { visitFetch } from './server.js'

const errors: string[] = []
const client = createClient({
  ...{ url: 'http://assay.test', key: 'w', app: 'shop', config: { tests: {} }, refresh: 0 },
  onError: (error) => errors.push(`${error}`),
})
const visitBy = (cookie = '', init: RequestInit = {}) => {
  const request = new Request('http://shop.test/cart', { ...init, headers: { cookie, 'x-a': 'b' } })
  return { request, ...visitFetch(client, request) }
}

test('where there is nothing to set, request and response stay as they are', () => {
  const { request, forward, respond } = visitBy('assay=1.V1StGXR8_Z5jdHi6B-myT')
  const response = Response.redirect('http://shop.test/')
  expect(forward()).toBe(request)
  expect(respond(response)).toBe(response)
})

test('a response that may be changed is, and once', () => {
  const { respond, request } = visitBy()
  const response = new Response('', { headers: { 'set-cookie': 'a=b' } })
  expect(respond(response)).toBe(response)
  expect(visitFetch(client, request).respond(response)).toBe(response)
  expect(response.headers.getSetCookie()).toEqual(['a=b', expect.stringMatching(/^assay=1\./)])
})

test('a request for an app behind is the same but for the cookie', async () => {
  const { forward, visitor } = visitBy('a=b; assay=broken; assay=; notassay=c', { method: 'POST', body: 'body' })
  const request = forward()
  const { method, url, headers } = request
  expect([method, url, await request.text()]).toEqual(['POST', 'http://shop.test/cart', 'body'])
  expect([headers.get('x-a'), headers.get('cookie')]).toEqual(['b', `a=b; notassay=c; assay=1.${visitor.user}`])
})

test('what is spent cannot be copied: told, and given back', async () => {
  const { request, forward, respond } = visitBy('', { method: 'POST', body: 'body' })
  await request.text()
  expect(forward()).toBe(request)
  const spent = new Response('body')
  await spent.text()
  Object.defineProperty(spent.headers, 'append', {
    value: () => {
      throw new TypeError('immutable')
    },
  })
  expect(respond(spent)).toBe(spent)
  expect(errors.splice(0)).toHaveLength(2)
})
