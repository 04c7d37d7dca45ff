import type { Changed, Defined, History, Tests } from '@assay/query-api/schemas'
import type { Server } from './discover.js'
import { CommandError, exit } from './failure.js'
import { getJson, isMismatch, sendJson } from './request.js'
import { shellWord } from './style.js'

export interface TestName {
  app: string
  test: string
}

export type Step = 'start' | 'stop' | 'archive' | 'current'

const pathOf = ({ app, test }: TestName, step = '') =>
  `/v1/apps/${encodeURIComponent(app)}/tests/${encodeURIComponent(test)}${step}`
const etag = (version: number) => ({ 'if-match': `"${version}"` })
/** A test as commands name it. */
export const words = ({ app, test }: TestName) => `${shellWord(app)} ${shellWord(test)}`

export const listTests = (server: Server, app: string) =>
  getJson<Tests>(server, `/v1/apps/${encodeURIComponent(app)}/tests`)
export const showTest = (server: Server, name: TestName) => getJson<Defined>(server, pathOf(name, '/definition'))
export const historyOf = (server: Server, name: TestName) => getJson<History>(server, pathOf(name, '/history'))

/** The branches of each test that is defined and not put away. */
export async function branchesByTest(server: Server, app: string): Promise<Record<string, string[]>> {
  const { tests } = await listTests(server, app)
  const found: [string, string[]][] = []
  for (const { testId, stage } of tests)
    if (stage !== undefined && stage !== 'archived') {
      const { definition } = await showTest(server, { app, test: testId })
      found.push([testId, definition.branches.map(({ name }) => name)])
    }
  return Object.fromEntries(found)
}

/** The test as it is now takes the step. */
export const takeStep = (server: Server, name: TestName, step: Step, body: object) =>
  sendJson<Changed>(server, 'POST', pathOf(name, `/${step}`), body)

/** Makes a test, which runs at once where `start` is set. @throws CommandError where there is one */
export async function newTest(server: Server, name: TestName, definition: object, start: boolean): Promise<Changed> {
  const made = await sendJson<Changed>(server, 'PUT', pathOf(name), definition).catch((error) => {
    if (!isMismatch(error)) throw error
    throw new CommandError(
      `Expected a new test; ${name.app} has a test ${name.test} already.`,
      `See it with: assay test show ${words(name)}`,
    )
  })
  return start ? sendJson(server, 'POST', pathOf(name, '/start'), {}, etag(made.version)) : made
}

export interface Weighted {
  changed: Changed
  branches: Defined['definition']['branches']
}

/**
 * Changes the weights of the branches named and leaves the rest as it is. Where another changes the test meanwhile, it is
 * read again, once. @throws CommandError
 */
export async function changeWeights(
  server: Server,
  name: TestName,
  weights: ReadonlyMap<string, number>,
  why: string | undefined,
  onRetry: () => void,
): Promise<Weighted> {
  const change = async () => {
    const { definition, version } = await showTest(server, name)
    const branches = reweighted(name, definition.branches, weights)
    const body = { ...definition, branches, why }
    return { branches, changed: await sendJson<Changed>(server, 'PUT', pathOf(name), body, etag(version)) }
  }
  try {
    return await change()
  } catch (error) {
    if (!isMismatch(error)) throw error
    onRetry()
  }
  return change().catch((error) => {
    if (!isMismatch(error)) throw error
    throw new CommandError(
      `Expected ${name.test} to stay as it was read; others changed it twice meanwhile.`,
      `See who with: assay test history ${words(name)}`,
    )
  })
}

function reweighted({ test }: TestName, branches: Weighted['branches'], weights: ReadonlyMap<string, number>) {
  const has = branches.map((branch) => branch.name)
  const unknown = [...weights.keys()].find((name) => !has.includes(name))
  if (unknown !== undefined)
    throw new CommandError(
      `Expected branches of ${test}, which are ${has.join(', ')}; ${unknown} came.`,
      'Branches that are not named keep their weights.',
      exit.usage,
    )
  return branches.map(({ name, weight }) => ({ name, weight: weights.get(name) ?? weight }))
}
