import { readFileSync } from 'node:fs'
import type { ClientTest } from '@assay/core/decide'
import { Decisions } from '@assay/gate/decide/decisions'
import { knownTests } from '@assay/gate/decide/known-tests'
import { visit as visitGate } from '@assay/gate/http/visit'
import { createClient, readCookie, writeCookie } from '@assay/sdk'
import { visit, visitFetch } from '@assay/sdk/server'
import { describe, expect, test } from 'vitest'

const golden = JSON.parse(readFileSync(new URL('../golden/cookie.json', import.meta.url), 'utf8')) as {
  read: { is: string; cookie: string; user: string | null; sticky?: Record<string, string> }[]
  write: { is: string; user: string; sticky: Record<string, string>; secure: boolean; setCookie: string }[]
}
const branches = ['master', 'next'].map((name) => ({ name, weight: 1 }))
const release: ClientTest = { branches, control: 'master', sticky: true }

interface Told {
  user: string | undefined
  branch: string
  cookies: string[]
}
const client = (test: ClientTest) =>
  createClient({
    ...{ url: 'http://assay.test', key: 'w', app: 'shop', config: { tests: { release: test } }, refresh: 0 },
    fetch: async () => Response.json({ rejected: [] }, { status: 202 }),
  })

/** All who read and write the cookie of a request, asked which branch of `release` its user has. */
const servers: Record<string, (cookie: string, test: ClientTest, secure?: boolean) => Told> = {
  gate(cookie, test, secure) {
    const last = knownTests({ tests: { release: test }, current: 'release' })
    const decisions = new Decisions({ last, isFresh: () => true })
    const headers = { cookie, 'x-forwarded-proto': secure ? 'https' : 'http' }
    const { user, branch, cookie: set } = visitGate(headers, decisions)
    return { user, branch, cookies: set === undefined ? [] : [set] }
  },
  'fetch handlers'(cookie, test, secure) {
    const request = new Request(`http${secure ? 's' : ''}://shop.test/`, { headers: { cookie } })
    const { visitor, respond } = visitFetch(client(test), request)
    const branch = visitor.assign('release')
    return { user: visitor.user, branch, cookies: respond(new Response('')).headers.getSetCookie() }
  },
  Node(cookie, test, secure) {
    let cookies: string[] = []
    const response = {
      getHeader: () => undefined,
      setHeader: (_: string, all: string[]) => {
        cookies = all
      },
      writeHead: () => response,
    }
    const socket = secure ? { encrypted: true } : {}
    const visitor = visit(client(test), { headers: { cookie }, socket }, response)
    const branch = visitor.assign('release')
    response.writeHead()
    return { user: visitor.user, branch, cookies }
  },
}

const id = (cookies: string[]) => /^assay=1\.([\w-]{8,64})[|;]/.exec(`${cookies}`)?.[1]

test.each(golden.read)('read: $is', ({ cookie, user, sticky }) => {
  expect(readCookie(cookie)).toEqual(user === null ? null : { user, sticky })
})

test.each(golden.write)('written: $is', ({ user, sticky, secure, setCookie }) => {
  expect(writeCookie({ user, sticky }, secure, {})).toBe(setCookie)
  expect(readCookie(setCookie.split('; ')[0]!)).toEqual({ user, sticky })
})

describe.each(Object.entries(servers))('%s', (_, ask) => {
  test.each(golden.read)('$is', ({ cookie, user, sticky }) => {
    const told = ask(cookie, release)
    if (user === null) return expect(told.user).toBe(id(told.cookies))
    const kept = sticky!.release
    expect(told.user).toBe(user)
    if (kept === 'master' || kept === 'next') return expect(told).toEqual({ user, branch: kept, cookies: [] })
    const now = writeCookie({ user, sticky: { ...sticky, release: told.branch } }, false, {})
    expect(told.cookies).toEqual([now])
  })

  test.each(golden.write)('$is, and a branch more', ({ user, sticky, secure, setCookie }) => {
    const [pair, ...attributes] = setCookie.split('; ')
    const told = ask(pair!, { ...release, branches: [{ name: 'master', weight: 0 }, branches[1]!] }, secure)
    const whole = sticky.release ? [] : [[`${pair}|release:next`, ...attributes].join('; ')]
    expect(told).toEqual({ user, branch: 'next', cookies: whole })
  })
})

test('what one of them sets for a new visitor, the others read: one user, one branch', () => {
  for (const first of Object.values(servers)) {
    const { user, branch, cookies } = first('', release)
    const sent = cookies[0]!.split(';')[0]!
    for (const next of Object.values(servers)) expect(next(sent, release)).toEqual({ user, branch, cookies: [] })
  }
})

test('a cookie stays as small as browsers take, whatever tests are called; the newest branches stay', () => {
  const sticky = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`${'ü'.repeat(60)}${i}`, 'ö'.repeat(20)]))
  const [pair] = writeCookie({ user: 'u'.repeat(64), sticky }, false, { name: 'n'.repeat(64) }).split('; ')
  const kept = Object.keys(readCookie(pair!, 'n'.repeat(64))!.sticky)
  expect(pair!.length).toBeLessThan(4096)
  expect(kept).toEqual(Object.keys(sticky).slice(-kept.length))
  expect(kept.length).toBeGreaterThan(5)
})
