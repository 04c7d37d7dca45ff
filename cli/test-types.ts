import type { Command } from 'commander'
import { asking, examples, type AskingOptions as Options, tell } from './asking.js'
import { discover } from './discover.js'
import { writeNew } from './report/file.js'
import { count, shellWord } from './style.js'
import { branchesByTest } from './test-requests.js'

/** By test id, the names of its branches. */
type Branches = Readonly<Record<string, readonly string[]>>

/** `assay test types`: an app's tests as a declaration for TypeScript. */
export function typesCommand(parent: Command): void {
  asking(parent, 'types')
    .argument('<app>')
    .description('its tests for TypeScript, so that other ids do not compile')
    .option('--out <file>', 'where it goes, replacing what is there (default: stdout)')
    .option('--fallback <branch>', 'what the client shows where a test is not known', 'master')
    .addHelpText(
      'after',
      `
Drafts are among them, tests that were archived are not. Each has the fallback,
too: that is what users are shown until the tests are known.
${examples('assay test types shop --out src/assay-tests.d.ts')}`,
    )
    .action(makeTypes)
}

async function makeTypes(app: string, options: Options & { out?: string; fallback: string }): Promise<void> {
  const { out, fallback } = options
  const tests = await branchesByTest(discover(options, 'read'), app)
  const text = typesOf(app, tests, fallback)
  if (out !== undefined) await writeNew(out, text, true)
  const said = `${out}   ${count(Object.keys(tests).length)} tests`
  tell(options, { app, tests }, () => (out === undefined ? text.trimEnd() : said))
}

/** What a file ending in `.d.ts` has to say. */
export function typesOf(app: string, tests: Branches, fallback: string): string {
  const lines = Object.entries(tests)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([testId, branches]) => {
      const names = [...new Set([...branches, fallback])].map(quoted)
      return `    ${/^[A-Za-z_]\w*$/.test(testId) ? testId : quoted(testId)}: ${names.join(' | ')}`
    })
  return [
    `// Made by: assay test types ${shellWord(app)}`,
    'export {}',
    '',
    "declare module '@assay/sdk' {",
    '  interface TestBranches {',
    ...lines,
    '  }',
    '}',
    '',
  ].join('\n')
}

const quoted = (text: string) => (/^[^'\\\p{C}\u2028\u2029]*$/u.test(text) ? `'${text}'` : JSON.stringify(text))
