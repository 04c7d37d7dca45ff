import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { documents, root, type Tree, text } from './files.js'

const FOLDER = 'infra/examples'
const folders = readdirSync(join(root, FOLDER))
const objects = (file: string) => documents(join(FOLDER, file))

describe('each folder', () => {
  test.each(folders)(
    '%s has a page that names its files, says what happens without a gate, and is in docs/gate.md',
    (folder) => {
      const page = text(join(FOLDER, folder, 'README.md'))
      const files = readdirSync(join(root, FOLDER, folder)).filter((name) => name !== 'README.md')
      expect(files.filter((name) => !page.includes(name))).toEqual([])
      expect(page).toMatch(/^## Use it$/m)
      expect(page).toMatch(/^## When (the gate|Assay)( or the server)? dies$/m)
      expect(text('docs/gate.md')).toContain(`(../${FOLDER}/${folder}/README.md)`)
      const links = [...page.matchAll(/\]\(([^)#]+)/g)].map(([, path]) => join(root, FOLDER, folder, path!))
      expect(links.filter((path) => !existsSync(path))).toEqual([])
    },
  )
})

describe('Argo Rollouts', () => {
  const templates = objects('argo-rollouts/analysis.yaml')
  const [rollout] = objects('argo-rollouts/rollout.yaml')

  test.each(templates.map((template) => [template.metadata.name, template]))(
    '%s asks for the verdict',
    (_, { spec }) => {
      const [metric] = spec.metrics
      const { url, headers, jsonPath } = metric.provider.web
      expect(url).toBe('{{args.url}}/v1/apps/{{args.app}}/canary?test={{args.test}}')
      expect(headers).toEqual([{ key: 'Authorization', value: 'Bearer {{args.key}}' }])
      expect([jsonPath, metric.failureCondition]).toEqual(['{$.verdict}', 'result == "unhealthy"'])
      const said = [...JSON.stringify(spec.metrics).matchAll(/{{args\.(\w+)}}/g)].map(([, name]) => name!)
      expect(new Set(said)).toEqual(new Set(spec.args.map(({ name }: Tree) => name)))
    },
  )

  test('too little evidence lets a rollout go on in the background, and holds it at a step', () => {
    const [watch, healthy] = templates.map(({ spec }) => spec.metrics[0])
    expect(watch.successCondition).toBe('result != "unhealthy"')
    expect(healthy.successCondition).toBe('result == "healthy"')
    expect(healthy.inconclusiveLimit).toBeGreaterThan(0)
    expect(healthy).toMatchObject({ consecutiveSuccessLimit: 1 })
  })

  test('the rollout gives each template it names what it needs', () => {
    const { analysis, steps } = rollout.spec.strategy.canary
    const uses: Tree[] = [analysis, ...steps.flatMap((step: Tree) => step.analysis ?? [])]
    expect(uses).toHaveLength(3)
    for (const { templates: named, args } of uses) {
      const { spec } = templates.find(({ metadata }) => metadata.name === named[0].templateName)
      const needed = spec.args.filter(({ value, valueFrom }: Tree) => value === undefined && valueFrom === undefined)
      expect(args.map(({ name }: Tree) => name)).toEqual(needed.map(({ name }: Tree) => name))
    }
  })

  test('a pod reads its branch from a file that is there', () => {
    const { canaryMetadata, stableMetadata } = rollout.spec.strategy.canary
    const { containers, volumes } = rollout.spec.template.spec
    const [label] = Object.keys(canaryMetadata.labels)
    expect(Object.keys(stableMetadata.labels)).toEqual([label])
    expect(volumes[0].downwardAPI.items[0].fieldRef.fieldPath).toBe(`metadata.labels['${label}']`)
    expect(containers[0].volumeMounts[0].name).toBe(volumes[0].name)
  })
})

describe('Flagger', () => {
  const [{ spec }] = objects('flagger/canary.yaml')
  const hooks: Tree[] = spec.analysis.webhooks

  test('goes on, promotes and rolls back by Assay, which it tells the key in the address', () => {
    const asked = hooks.map(({ type, url }) => [type, new URL(url).pathname])
    const path = '/v1/apps/shop/canary/flagger'
    expect(asked).toEqual([
      ['confirm-rollout', path],
      ['rollout', path],
      ['confirm-promotion', `${path}/confirm-promotion`],
      ['rollback', `${path}/rollback`],
    ])
    for (const { url } of hooks)
      expect([...new URL(url).searchParams]).toEqual([
        ['test', 'release'],
        ['key', 'READ_KEY'],
      ])
  })

  test('gives up on a hook long before the next check', () => {
    const seconds = (time: string) => Number(/^(\d+)s$/.exec(time)![1])
    const longest = hooks.reduce((sum, { timeout }) => sum + seconds(timeout), 0)
    expect(longest).toBeLessThan(seconds(spec.analysis.interval))
  })
})

test('the workflow tells a canary that was rolled back from one that is undecided', () => {
  const [{ jobs }] = objects('github-actions/release.yaml')
  const { steps } = jobs.canary
  const at = steps.findIndex(({ id }: Tree) => id === 'wait')
  expect(steps[at].run).toContain('npx assay canary wait shop release --timeout 45m || code=$?')
  expect(steps[at].run.trim().split('\n').at(-1)).toBe('exit "$code"')
  expect(steps[at + 1].if).toBeUndefined()
  expect(steps[at + 2].if).toBe("failure() && steps.wait.outputs.code == '4'")
  expect(jobs.canary['timeout-minutes']).toBeGreaterThan(45)
})
