import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig, variables } from '@assay/core/config/config'
import { parseKeys } from '@assay/core/keys'
import { serveHealth } from 'assay/health'
import type { ServerParts } from 'assay/server'
import { stages } from 'assay/stages'
import Fastify from 'fastify'
import { describe, expect, test } from 'vitest'
import { tempDir } from '../support/temp.js'
import { documents, root, type Tree, text } from './files.js'

const KUBERNETES = [...stages.map((stage) => `infra/kubernetes/${stage}.yaml`), 'infra/kubernetes/config.yaml']
const UNITS = ['infra/systemd/assay.service', 'infra/systemd/assay@.service']

const compose = Object.entries<Tree>(documents('infra/compose.yaml')[0].services)
const ours = compose.filter(([, service]) => service.image.startsWith('assay:'))
const objects = KUBERNETES.flatMap(documents)
const pods: [string, Tree][] = objects
  .filter((object) => object.kind === 'Deployment')
  .map((object) => [object.metadata.name, object.spec.template.spec])
const dockerfile = text('infra/Dockerfile')
const units = UNITS.map(text)

/** Whatever each file sets, by the file. */
const set: Record<string, Record<string, string>> = {
  compose: Object.assign({}, ...ours.map(([, { environment }]) => environment)),
  kubernetes: Object.assign(
    {},
    ...objects.map((object) => object.kind === 'ConfigMap' && object.data),
    ...pods.flatMap(([, pod]) => pod.containers[0].env.map((v: Tree) => ({ [v.name]: v.value ?? '' }))),
  ),
  systemd: pairs([text('infra/systemd/assay.env'), ...units].join('\n').replaceAll('Environment=', '')),
  image: pairs(dockerfile.match(/^ENV ASSAY.*$/m)![0].replaceAll(' ', '\n')),
}

function pairs(lines: string): Record<string, string> {
  return Object.fromEntries([...lines.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]))
}

/** Read by the driver of a ClickHouse server. */
const others = ['CLICKHOUSE_USER', 'CLICKHOUSE_PASSWORD', 'CLICKHOUSE_DATABASE']

test.each(Object.entries(set))('%s sets variables that Assay reads, to what they may be', (_, values) => {
  expect(Object.keys(values).filter((name) => !(name in variables) && !others.includes(name))).toEqual([])
  expect(readConfig(values)).toMatchObject({ ASSAY_QUEUE_BYTES: 64_000_000 })
})

test('each stage is run everywhere, by its command', () => {
  expect(Object.fromEntries(ours.map(([name, { command }]) => [name, command]))).toEqual(byStage((stage) => [stage]))
  const args = pods.map(([name, pod]) => [name, pod.containers[0].args])
  expect(Object.fromEntries(args)).toEqual(byStage((stage) => [stage]))
  for (const stage of stages) expect(units[1]).toContain(`assay@${stage}`)
  expect(units.map((unit) => unit.match(/^ExecStart=.*\/assay (.+)$/m)![1])).toEqual(['up', '%i'])
})

const byStage = <Value>(value: (stage: string) => Value) => Object.fromEntries(stages.map((s) => [s, value(s)]))

test('the port is the default one everywhere', () => {
  const port = readConfig({}).ASSAY_PORT
  const [policy] = documents('infra/kubernetes/network-policy.yaml')
  expect(Number(dockerfile.match(/^EXPOSE (\d+)$/m)![1])).toBe(port)
  expect(Number(set.image!.ASSAY_PORT)).toBe(port)
  expect(ours.map(([, { ports }]) => Number(ports[0].split(':').at(-1)))).toEqual(stages.map(() => port))
  expect(pods.map(([, pod]) => pod.containers[0].ports[0].containerPort)).toEqual(stages.map(() => port))
  expect(policy.spec.ingress).toEqual([{ ports: [{ port, protocol: 'TCP' }] }])
})

test('whoever asks for health asks where it is served', () => {
  const server = Fastify()
  serveHealth(server, { stages } as unknown as ServerParts, () => false)
  const probes = pods.flatMap(([, pod]) => {
    const { startupProbe, livenessProbe, readinessProbe } = pod.containers[0]
    return [startupProbe, livenessProbe, readinessProbe].map((probe) => probe.httpGet.path)
  })
  const asked = new Set([...probes, dockerfile.match(/ASSAY_PORT}(\/\w+)`/)![1]])
  expect(asked).toEqual(new Set(['/live', '/ready']))
  expect([...asked].filter((url) => !server.hasRoute({ method: 'GET', url }))).toEqual([])
})

describe('whoever stops a process', () => {
  const milliseconds = (file: string, name: RegExp) => Number(text(file).match(name)![1]!.replaceAll('_', ''))
  const needed =
    (milliseconds('cli/server.ts', /requestTimeout: ([\d_]+)/) + milliseconds('cli/serve.ts', /DRAIN = ([\d_]+)/)) /
    1000

  test.each([
    ...compose.map(([name, service]) => [`compose ${name}`, service.stop_grace_period]),
    ...UNITS.map((unit) => [unit, `${text(unit).match(/^TimeoutStopSec=(\d+)$/m)![1]}s`]),
    ...pods.map(([name, pod]) => {
      const { seconds } = pod.containers[0].lifecycle.preStop.sleep
      return [`kubernetes ${name}`, `${pod.terminationGracePeriodSeconds - seconds}s`]
    }),
  ])('leaves it the time to finish: %s, %s', (_, grace) => {
    expect(Number(grace.replace(/s$/, ''))).toBeGreaterThan(needed)
  })
})

describe('docs/operations.md', () => {
  const docs = text('docs/operations.md')

  test('names files and commands that are there', () => {
    const paths = [...docs.matchAll(/\b(infra\/[\w./@-]*\w)/g)].map(([, path]) => path!)
    const made = /^infra\/(secrets|\.env)/
    expect(paths.filter((path) => !made.test(path) && !existsSync(join(root, path)))).toEqual([])
    const commands = [...docs.matchAll(/`assay ([\w-]+)`/g)].map(([, command]) => command!)
    expect(commands.filter((command) => !text('cli/main.ts').includes(`'${command}'`))).toEqual([])
  })

  test('makes keys that Assay takes', () => {
    const folder = tempDir()
    const [, script] = docs.match(/```sh\n(key\(\)[^`]+)```/)!
    execFileSync('sh', ['-euc', script!], { cwd: folder })
    expect(parseKeys(readFileSync(join(folder, 'keys.json'), 'utf8')).write).toMatch(/^wk_[\w-]{32}$/)
  })

  test('what it has people make is not kept in the repository', () => {
    const ignored = execFileSync('git', ['check-ignore', 'infra/secrets/keys.json', 'infra/.env'], { cwd: root })
    expect(ignored.toString().trim().split('\n')).toHaveLength(2)
  })
})
