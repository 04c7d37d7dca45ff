import { execFileSync } from 'node:child_process'
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tempDir } from '../support/temp.js'
import { documents, root, type Tree } from './files.js'

const FOLDER = 'infra/kubernetes'
const names = readdirSync(join(root, FOLDER)).filter((name) => name !== 'kustomization.yaml')
const objects = names.flatMap((name) => documents(join(FOLDER, name)).map((object) => ({ name, object })))
const [kustomization] = documents(join(FOLDER, 'kustomization.yaml'))
const ofKind = (kind: string): Tree[] =>
  objects.filter(({ object }) => object.kind === kind).map(({ object }) => object)
const moduleOf = ({ apiVersion, kind }: Tree) => `kubernetes-models/${apiVersion}/${kind}`

describe('the API', () => {
  test.each(objects.map(({ name, object }) => [name, object.kind, object]))('allows %s, %s', (_, kind, object) => {
    const Model = createRequire(import.meta.url)(moduleOf(object))[kind]
    new Model(object).validate()
  })

  test('knows every field', () => {
    // The schema above lets other fields pass; TypeScript refuses them in a literal.
    expect(typeErrors(objects.map(({ object }) => object))).toBe('')
    const [deployment] = structuredClone(ofKind('Deployment'))
    deployment.spec.template.spec.containers[0].readynessProbe = {}
    expect(typeErrors([deployment])).toContain('readynessProbe')
  })
})

/** What the compiler says about these objects, each declared as its kind. */
function typeErrors(declared: Tree[]): string {
  const folder = tempDir()
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}')
  const lines = declared.map((object, i) => {
    const type = `import('${moduleOf(object)}').I${object.kind}`
    return `export const object${i}: ${type} = ${JSON.stringify(object)}\n`
  })
  writeFileSync(join(folder, 'objects.ts'), lines.join(''))
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', 'objects.ts']
  try {
    return execFileSync(join(root, 'node_modules/.bin/tsc'), options, { cwd: folder, encoding: 'utf8' })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

test('everything but the example is applied, in one namespace', () => {
  const applied = names.filter((name) => !name.includes('.example.'))
  expect([...kustomization.resources].sort()).toEqual(applied)
  const [namespace] = ofKind('Namespace')
  const elsewhere = objects.filter(({ object }) => (object.metadata.namespace ?? object.metadata.name) !== 'assay')
  expect([namespace.metadata.name, elsewhere]).toEqual(['assay', []])
})

test('what is said of one process is said of all, but for its name, room and way to be replaced', () => {
  const said = ofKind('Deployment').map((deployment) => {
    const { strategy: _, ...spec } = deployment.spec
    for (const container of spec.template.spec.containers) delete container.resources
    return JSON.parse(JSON.stringify(spec).replaceAll(deployment.metadata.name, 'STAGE'))
  })
  expect(said).toHaveLength(4)
  for (const other of said) expect(other).toEqual(said[0])
})

test('each process has a service, a budget and a scale, which find its pods', () => {
  for (const { metadata, spec } of ofKind('Deployment')) {
    const { labels } = spec.template.metadata
    const own = (kind: string) => ofKind(kind).find((object) => object.metadata.name === metadata.name)
    expect(spec.selector.matchLabels).toEqual(labels)
    expect(own('Service').spec.selector).toEqual(labels)
    expect(own('PodDisruptionBudget').spec.selector.matchLabels).toEqual(labels)
    expect(own('HorizontalPodAutoscaler').spec.scaleTargetRef.name).toBe(metadata.name)
    const ports = spec.template.spec.containers[0].ports.map((port: Tree) => port.name)
    for (const { targetPort } of own('Service').spec.ports) expect(ports).toContain(targetPort)
  }
})

test('what a process takes from the configuration and the secret is there', () => {
  const [config, secret] = [ofKind('ConfigMap')[0], ofKind('Secret')[0]]
  for (const { spec } of ofKind('Deployment')) {
    const { containers, volumes } = spec.template.spec
    expect(containers[0].envFrom).toEqual([{ configMapRef: { name: config.metadata.name } }])
    const keys = containers[0].env.flatMap(({ valueFrom }: Tree) => valueFrom?.secretKeyRef ?? [])
    const items = volumes.flatMap((volume: Tree) => volume.secret?.items ?? [])
    for (const { key } of [...keys, ...items]) expect(Object.keys(secret.stringData)).toContain(key)
  }
})

test('there are no more aggregators than partitions', () => {
  const scale = ofKind('HorizontalPodAutoscaler').find(({ metadata }) => metadata.name === 'aggregator')
  expect(scale.spec.maxReplicas).toBeLessThanOrEqual(Number(ofKind('ConfigMap')[0].data.KAFKA_PARTITIONS))
})

test('processes may reach the ports of Kafka and ClickHouse', () => {
  const { KAFKA_BROKERS, CLICKHOUSE_URL } = ofKind('ConfigMap')[0].data
  const open = ofKind('NetworkPolicy')[0].spec.egress.flatMap(({ ports }: Tree) => ports.map((p: Tree) => p.port))
  const needed = [...KAFKA_BROKERS.split(','), new URL(CLICKHOUSE_URL).host].map((host) => Number(host.split(':')[1]))
  expect(needed.filter((port) => !open.includes(port))).toEqual([])
})
