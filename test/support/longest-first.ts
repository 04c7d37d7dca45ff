import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take minutes, then folders whose files take seconds. */
const LONG = [
  'test/fault/faults.test.ts',
  'test/fault/kill.test.ts',
  'test/fault/',
  'test/simulation/',
  'test/proxy/',
  'test/scenario/',
]

/**
 * Begins what takes longest first, so that no worker is left alone with it at the end. By itself a run that knows no
 * durations begins with the largest files, and the longest ones are among the smallest.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

function rank({ moduleId }: TestSpecification): number {
  const place = LONG.findIndex((path) => moduleId.includes(path))
  return place === -1 ? LONG.length : place
}
