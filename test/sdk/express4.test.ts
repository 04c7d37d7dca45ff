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
  app.use('/shop', assay(client), router)
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, resolve))
  onTestFinished(() => void server.close())

  const ask = async (path: string, headers: Record<string, string>) => {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { headers })
    return { body: await response.text(), cookies: response.headers.getSetCookie() }
  }
  const first = await ask('/shop/cart', { 'x-forwarded-proto': 'https' })
  const id = first.body.split(' ')[0]!
  expect(first.cookies).toEqual(['a=b; Path=/', expect.stringMatching(`^assay=1\\.${id}; .*; Secure$`)])
  expect(await ask('/shop/cart', { cookie: `assay=1.${id}` })).toEqual({ body: first.body, cookies: ['a=b; Path=/'] })
  expect((await ask('/shop/cart?assay=checkout:one-page', {})).body).toMatch(/ one-page$/)
}, 120_000)
