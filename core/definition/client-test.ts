import { type ClientTest, coverage, holdout, namespace, type Range } from '../decide.js'
import type { TestDefinition } from './test.js'

/** A definition as clients see it: what they need to tell a user's branch. The rest is nobody's business there. */
export function toClientTest(testId: string, definition: TestDefinition, version: number): ClientTest {
  const { branches, control, targeting, sticky } = definition
  const within = rangesOf(testId, definition)
  return {
    branches: branches.map(({ name, weight }) => ({ name, weight })),
    control,
    version,
    ...(within.length > 0 && { within }),
    ...(targeting && { targeting }),
    ...(sticky && { sticky }),
  }
}

function rangesOf(testId: string, definition: TestDefinition): Range[] {
  const { coverage: share, namespace: part, holdout: held } = definition
  return [
    ...(share === undefined ? [] : [coverage(testId, share)]),
    ...(part ? [namespace(part.name, part.from, part.to)] : []),
    ...(held ? [holdout(held.name, held.share)] : []),
  ]
}
