import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { metricDefinition, metricKinds } from '@assay/core/definition/metric'
import { testDefinition } from '@assay/core/definition/test'
import { describe, expect, test } from 'vitest'

const page = readFileSync(fileURLToPath(new URL('../../docs/metrics.md', import.meta.url)), 'utf8')
const examples = [...page.matchAll(/^```json\n(.*?)^```$/gms)].map(([, json]) => JSON.parse(json!))
const isTest = (example: object): boolean => 'branches' in example

describe('docs/metrics.md', () => {
  test.each(examples.map((example) => [example.name ?? 'a test', example]))('%s is as it says', (_, example) => {
    const parsed = (isTest(example) ? testDefinition : metricDefinition).parse(example)
    expect(parsed).toMatchObject(isTest(example) ? { guardrails: example.guardrails } : example)
  })

  test('has an example and a formula of each kind, and a row of each field', () => {
    const metrics = examples.filter((example) => !isTest(example))
    expect([...new Set(metrics.map(({ kind }) => kind))].sort()).toEqual([...metricKinds].sort())
    const rows = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
    const fields = metricDefinition.options.flatMap(({ shape }) => Object.keys(shape))
    const ofOneKind = ['kind', 'event', 'cap', 'numerator', 'denominator', 'quantile', 'steps']
    const common = fields.filter((field) => !ofOneKind.includes(field))
    expect(rows).toEqual(expect.arrayContaining([...metricKinds, ...new Set(common)]))
    for (const field of ofOneKind) expect(page).toContain(`\`${field}\``)
  })
})
