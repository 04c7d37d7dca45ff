import { Definitions } from '@assay/core/control/definitions'
import type { ControlFollower } from '@assay/core/control/follower'
import type { Log } from '@assay/core/log/log'
import type { Store } from '@assay/core/store/store'
import fastify from 'fastify'
import { expect, it } from 'vitest'
import { queryApi } from './query-api.js'
import { keys, ring } from './testkit/server.js'

it('a store that fails is unavailable for now, and keeps its words to the server’s log', async () => {
  const store = { read: { query: () => Promise.reject(new Error('secret path')) } } as unknown as Store
  const control = { definitions: new Definitions() } as ControlFollower
  const lines: string[] = []
  const server = fastify({ logger: { level: 'error', stream: { write: (line: string) => void lines.push(line) } } })
  await server.register(queryApi, { store, log: {} as Log, keys: ring, control })
  const reply = await server.inject(`/v1/apps?key=${keys.read}`)
  expect([reply.statusCode, reply.json().code, reply.headers['retry-after']]).toEqual([503, 'store-unavailable', '1'])
  expect(reply.body).not.toContain('secret')
  expect(lines.join()).toContain('secret path')
  await server.close()
})
