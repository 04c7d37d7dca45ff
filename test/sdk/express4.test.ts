import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { createClient } from '@assay/sdk'
import { assay } from '@assay/sdk/express'
import type express from 'express'
import { expect, onTestFinished, test } from 'vitest'

/** Under another name: the tree has Express 5, too. */
const express4: typeof express = createRequire(import.meta.url)('express-4')

test('Express 4: a user gets a cookie once and keeps the branch, in the app and in its routers', async () => {
  const config = { tests: { checkout: { branches: ['master', 'one-page'].map((name) => ({ name, weight: 1 })) } } }
  const client = createClient({ url: 'http://127.0.0.1:9', key: 'w', app: 'shop', config, refresh: 0 })
  const app = express4()
  const router = express4.Router()
  app.set('trust proxy', true)
  app.use(assay(client))
  router.get('/cart', (req, res) => void res.cookie('a', 'b').send(`${req.assay.user} ${req.assay.assign('checkout')}`))
  router.get('/moved', (req, res) => res.cookie('a', 'b').redirect(req.assay.assign('checkout') && '/shop/cart'))
  router.get('/known', (req, res) => void res.status(304).end(req.assay.user))
  router.get('/broken', (req) => {
    throw new Error(req.assay.user)
  })
  router.get('/file', (_, res) => void res.send('of nobody'))
  app.set('env', 'test').use('/shop', assay(client), router)
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, resolve))
  onTestFinished(() => void server.close())

  const ask = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, {
      ...{ headers, method, redirect: 'manual' as const },
    })
    return { body: await response.text(), cookies: response.headers.getSetCookie() }
  }
  const first = await ask('/shop/cart', { 'x-forwarded-proto': 'https' })
  const id = first.body.split(' ')[0]!
  expect(first.cookies).toEqual(['a=b; Path=/', expect.stringMatching(`^assay=1\\.${id}; .*; Secure$`)])
  expect(await ask('/shop/cart', { cookie: `assay=1.${id}` })).toEqual({ body: first.body, cookies: ['a=b; Path=/'] })
  expect((await ask('/shop/cart?assay=checkout:one-page')).body).toMatch(/ one-page$/)

  const cookie = expect.stringMatching(/^assay=1\.[\w-]{21}; /)
  expect((await ask('/shop/cart', {}, 'HEAD')).cookies).toEqual(['a=b; Path=/', cookie])
  expect((await ask('/shop/moved')).cookies).toEqual(['a=b; Path=/', cookie])
  expect((await ask('/shop/known')).cookies).toEqual([cookie])
  expect((await ask('/shop/broken')).cookies).toEqual([cookie])
  expect((await ask('/shop/file')).cookies).toEqual([])
}, 120_000)
