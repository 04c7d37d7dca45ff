import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packSdk } from '../support/packed.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
let folder: string

/** An app in a folder of its own, with the package as it is published; all else is found in the tree. */
beforeAll(() => {
  mkdirSync(join(root, 'test/dist'), { recursive: true })
  folder = mkdtempSync(join(root, 'test/dist/packed-'))
  packSdk(folder)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true }))

function errorsOf(source: string, options: object): string {
  const app = mkdtempSync(join(folder, 'app-'))
  writeFileSync(join(app, 'app.ts'), source)
  const compilerOptions = { target: 'es2022', strict: true, noEmit: true, types: ['node'], ...options }
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['app.ts'] }))
  const { stdout, stderr, status } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', app], { encoding: 'utf8' })
  return status === 0 ? '' : stdout + stderr
}

const resolutions = [
  { module: 'nodenext', lib: ['es2022'] },
  { module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom', 'dom.iterable'] },
]

test.each(resolutions)('request.assay has its type in Fastify and Express: $module', (options) => {
  const app = `
    import { createClient } from '@assay/sdk'
    import { assay as forExpress } from '@assay/sdk/express'
    import { assay as forFastify } from '@assay/sdk/fastify'
    import express from 'express'
    import fastify from 'fastify'
    const client = createClient({ url: '', key: '', app: '' })
    express().use(forExpress(client, { user: (req) => req.get('x-user') })).get('/', (req, res) => {
      const branch: string = req.assay.assign('checkout')
      res.send(branch + req.assay.bootstrap())
      // @ts-expect-error
      req.assay = undefined
      // @ts-expect-error
      req.assay.assing('checkout')
    })
    fastify().register(forFastify, { client, user: (request) => request.ip }).get('/', (request) => {
      // @ts-expect-error
      request.assay.assing('checkout')
      return request.assay.assign('checkout')
    })
    // @ts-expect-error
    fastify().register(forFastify, {})`
  expect(errorsOf(app, { ...options, skipLibCheck: true })).toBe('')
})

test.each(resolutions)('its own types are sound, with those of the web and without: $module', (options) => {
  const app = `
    import { createClient } from '@assay/sdk'
    import { spool } from '@assay/sdk/node'
    import { createQueryClient } from '@assay/sdk/query'
    import { science } from '@assay/sdk/science'
    import { type FetchVisit, perRequest, visitFetch } from '@assay/sdk/server'
    const client = createClient({ url: '', key: '', app: '', keep: spool('/tmp') })
    const visit: FetchVisit = visitFetch(client, new Request('http://a.test/'), { attributes: (r) => ({ m: r.method }) })
    const response: Response = visit.respond(new Response(''))
    // @ts-expect-error
    perRequest({ url: '', key: '' })
    export { createQueryClient, response, science }`
  expect(errorsOf(app, { ...options, skipLibCheck: false })).toBe('')
})
