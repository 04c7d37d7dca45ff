import { readFileSync } from 'node:fs'
import { rolloutPolicy } from '@assay/core/definition/rollout'
import { expect, test } from 'vitest'

const docs = readFileSync(new URL('../../docs/canary.md', import.meta.url), 'utf8')
const policy = rolloutPolicy.parse({})

/** Of the table in a part of the page: cells without their backticks, by the first of them. */
function table(heading: string): Record<string, string[]> {
  const part = docs.slice(docs.indexOf(`\n${heading}\n`)).split(/\n#+ /)[1]!
  const rows = [...part.matchAll(/^\| `([\w[\].]+)` \|(.*)\|$/gm)]
  const cellsOf = (row: string) => row.split('|').map((cell) => cell.trim().replace(/^`(.*)`$/, '$1'))
  return Object.fromEntries(rows.map(([, name, row]) => [name!, cellsOf(row!)]))
}

test('docs/canary.md has each field of a policy with its default, and no other', () => {
  const fields = table('## The policy')
  const own = Object.entries(fields).filter(([name]) => !name.includes('['))
  expect(own.map(([name]) => name).sort()).toEqual(Object.keys(rolloutPolicy.shape).sort())
  const { steps, guardrails, ...rest } = policy
  expect(fields.steps![0]).toBe(steps.map(({ weight }) => `${100 * weight} %`).join(', '))
  expect(fields['steps[].bake']![0]).toBe(String(steps[0]!.bake))
  expect(guardrails.map(({ kind }) => ({ kind }))).toEqual(JSON.parse(fields.guardrails![0]!))
  for (const [name, value] of Object.entries(rest)) expect(JSON.parse(fields[name]![0]!), name).toEqual(value)
  expect(fields.dryRun![0]).toBe('')
})

test('docs/canary.md has each field of a guardrail', () => {
  const fields = Object.keys(table('### Guardrails'))
  const metrics = { kind: 'metric', metric: 'buyers' }
  const all = rolloutPolicy.parse({ guardrails: [{ kind: 'errors' }, { kind: 'latency' }, { kind: 'hung' }, metrics] })
  expect(fields.sort()).toEqual([...new Set(all.guardrails.flatMap((one) => Object.keys(one)))].sort())
})
