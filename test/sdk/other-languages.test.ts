import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { matches } from '@assay/core/condition'
import { decide } from '@assay/core/decide'
import type { Results } from '@assay/query-api/analysis/reply'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assay } from '../support/command.js'
import { codeOf } from '../support/doc-code.js'
import { runSeed, seeded } from '../support/random.js'
import { get, settled, start } from '../support/running.js'
import { makeTempDir, tempDir } from '../support/temp.js'
import { Questions } from './questions.js'

let folder: ReturnType<typeof makeTempDir>
beforeAll(() => {
  folder = makeTempDir()
  for (const [name, code] of Object.entries(codeOf('docs/sdk/other-languages.md', 'python')))
    writeFileSync(join(folder.path, name), code)
  writeFileSync(join(folder.path, 'answers.py'), ANSWERS)
})
afterAll(() => folder.remove())

/** Answers each kind of question in the form that the vectors have. */
const ANSWERS = `
import json, sys
from branch import branch_at, bucket, decide, hash32, matches

def decision(testId, test, subject):
    branch, reason = decide(testId, test, **subject)
    return {'branch': branch, 'reason': reason}

answer = {
    'hash': lambda input, seed: hash32(input, seed),
    'bucket': lambda user, testId: bucket(user, testId),
    'assign': lambda user, testId, branches: branch_at(bucket(user, testId), branches),
    'decide': decision,
    'matches': lambda condition, attributes: matches(condition, attributes),
}
asked = json.load(sys.stdin)
print(json.dumps({kind: [answer[kind](**one) for one in each] for kind, each in asked.items()}))
`

async function python(args: readonly string[], input = ''): Promise<string> {
  const child = spawn('python3', args, { cwd: folder.path })
  child.stdin.end(input)
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  expect(err).toBe('')
  return out
}

const ask = async (questions: object) => JSON.parse(await python(['answers.py'], JSON.stringify(questions)))

test('a client in Python answers all vectors as they say', async () => {
  const { description: _, ...vectors } = JSON.parse(
    readFileSync(new URL('../golden/assignment.json', import.meta.url), 'utf8'),
  ) as Record<string, Record<string, unknown>[]>
  const answers = { hash: 'hash', bucket: 'bucket', assign: 'branch', decide: 'decision', matches: 'holds' }
  expect(Object.keys(vectors)).toEqual(Object.keys(answers))
  const of = (kind: string) => vectors[kind]!.map((v) => v[answers[kind as 'hash']])
  const asked = Object.entries(answers).map(([kind, answer]) => [
    kind,
    vectors[kind]!.map(({ [answer]: _, ...question }) => question),
  ])
  expect(await ask(Object.fromEntries(asked))).toEqual(
    Object.fromEntries(Object.keys(answers).map((kind) => [kind, of(kind)])),
  )
})

const CASES = 10_000

test(`it decides as the SDK does, ${CASES.toLocaleString('en')} times at random`, async () => {
  const some = new Questions(seeded(runSeed('other languages')))
  const questions = Array.from({ length: CASES }, () => some.next())
  const { decide: answers } = await ask({ decide: questions })
  const reasons = new Set<string>()
  questions.forEach((question, i) => {
    const { testId, test, subject } = question
    const decision = decide(testId, test, subject, matches)
    reasons.add(decision.reason)
    expect(answers[i], JSON.stringify(question)).toEqual(decision)
  })
  expect([...reasons].sort()).toEqual(['forced', 'left-out', 'shipped', 'split', 'sticky'])
})

test('its users count in results, under the branches that it showed', async () => {
  const server = await start(tempDir())
  const branches = ['master', 'one-page'].map((name) => ({ name, weight: 1 }))
  const definition = ['--branches', 'master,one-page', '--metric', 'buyers:conversion:purchase', '--start']
  const at = ['--url', server.url, '--key', server.keys.admin]
  expect(await assay(['test', 'new', 'shop', 'checkout', ...definition, ...at])).toMatchObject({ code: 0 })
  const shown: Record<string, string> = JSON.parse(await python(['shop.py', server.url, server.keys.write, '1200']))
  for (const [user, branch] of Object.entries(shown))
    expect(branch, user).toBe(decide('checkout', { branches }, { user }, matches).branch)
  await settled(server)
  const results = await get<Results>(server, '/v1/apps/shop/tests/checkout/results')
  const users = ({ name }: { name: string }) => Object.values(shown).filter((branch) => branch === name).length
  expect(results.branches).toEqual(branches.map((b) => ({ branch: b.name, users: users(b) })))
  expect(results.metrics[0]!.branches.reduce((sum, { users, mean }) => sum + users * mean!, 0)).toBeCloseTo(400)
})
