import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'
import { parseAst } from 'vite'
import { expect, test } from 'vitest'

/**
 * Nothing that came from outside is put into SQL as it is: it travels as a `{name:Type}` parameter, or through `quote`.
 * So between SQL's quotes stands nothing but what is of our own making, and names of what others send stand bare only
 * where `quote` was before.
 */

const root = fileURLToPath(new URL('..', import.meta.url))
const files = ['query-api', 'moments', 'aggregator', 'core/store'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((file) => /(?<!\.test|\.d)\.ts$/.test(file) && !/(^|\/)(dist|node_modules|testkit)\//.test(file)),
)

/** By file: owners and notices of processes, names of our tables and the operator's database; `quote` itself. */
const ofOurMaking: Record<string, string[]> = {
  'aggregator/fence.ts': ['this.#owner', 'noticeOf(this.#partition)'],
  'aggregator/hold.ts': ['name'],
  'aggregator/moments/scratch.ts': ['tableNames.join("|")'],
  'aggregator/owners.ts': ['partitions'],
  'aggregator/table-set.ts': ['dialect.database', 'events.name', 'UNTIL'],
  'aggregator/ticket.ts': ['store.dialect.database', 'PREFIX'],
  'core/store/dialect.ts': ['name'],
  'core/store/sql.ts': ['text.replaceAll(/[\\\\\']/g, "\\\\$&")'],
}

/** Where `app` and `test` are quoted already, as their functions say; a user of the store is of our own naming. */
const quotedBefore =
  /^(moments\/\w[\w-]*|aggregator\/moments\/moments|query-api\/export\/users|core\/store\/access)\.ts$/

interface Hole {
  /** The text before what is put in. */
  before: string
  expression: string
}

interface Node {
  type: string
  start: number
  end: number
  quasis: { value: { cooked: string } }[]
  expressions: Node[]
  operator: string
  left: Node & { value: unknown }
  right: Node
}

/** What is put into texts: the `${…}` of template literals, and what is added to strings. */
function holesOf(source: string): Hole[] {
  const { code } = transformSync(source, { loader: 'ts' })
  const text = ({ start, end }: Node) => code.slice(start, end)
  const holes: Hole[] = []
  const visit = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return
    const { type, quasis, expressions, operator, left, right } = part as Node
    if (type === 'TemplateLiteral')
      for (const [i, hole] of expressions.entries()) {
        const before = quasis.slice(0, i + 1).map(({ value }) => value.cooked)
        holes.push({ before: before.join(''), expression: text(hole) })
      }
    if (type === 'BinaryExpression' && operator === '+' && typeof left.value === 'string')
      holes.push({ before: left.value, expression: text(right) })
    Object.values(part).forEach(visit)
  }
  visit(parseAst(code))
  return holes
}

const isWithinQuotes = ({ before }: Hole) => (before.match(/\\.|'/gs) ?? []).filter((c) => c === "'").length % 2 === 1

/** A name of what is sent, where SQL has a value. */
const isBare = ({ before, expression }: Hole) =>
  /(?:[=<>(,]|\b(?:SELECT|IN|LIKE|PARTITION|AND|OR|BY))\s*$/.test(before) &&
  /^(?:[\w#]+\.)*(?:app|test|testId|event|user|branch|metric|control|tz|zone|from|to|body|query|params)$/.test(
    expression,
  )

const faultsOf = (file: string, source: string) =>
  holesOf(source).filter(
    (hole) =>
      (isWithinQuotes(hole) && !ofOurMaking[file]?.includes(hole.expression)) ||
      (isBare(hole) && !quotedBefore.test(file)),
  )

test('nothing from outside is put into SQL as it is', () => {
  const faults = files.map((file) => [file, faultsOf(file, readFileSync(join(root, file), 'utf8'))])
  expect(faults.filter(([, found]) => found!.length > 0)).toEqual([])
})

test('every exception is there, and needed', () => {
  expect(files.length).toBeGreaterThan(100)
  for (const [file, own] of Object.entries(ofOurMaking)) {
    const within = holesOf(readFileSync(join(root, file), 'utf8')).filter(isWithinQuotes)
    expect([...new Set(within.map(({ expression }) => expression))].sort(), file).toEqual([...own].sort())
  }
})

// Written with # for $, which linters take for a mistake.
test.each([
  ["`SELECT 1 FROM events WHERE app = '#{app}'`", 'app'],
  ["`SELECT 1 FROM events WHERE app = '#{app.trim()}'`", 'app.trim()'],
  ["`SELECT 1 FROM events WHERE app = '#{a}' AND test = '#{quote(test)}'`", 'a', 'quote(test)'],
  ["`SELECT '\\\\'' AS apostrophe, '#{name}' AS name`", 'name'],
  ['`SELECT 1 FROM events WHERE app = #{app}`', 'app'],
  ['`SELECT 1 FROM #{table} WHERE test = #{params.testId}`', 'params.testId'],
  ['`event IN (#{query.event})`', 'query.event'],
  ['`ALTER TABLE totals DROP PARTITION #{this.app}`', 'this.app'],
  ['`SELECT #{`concat(#{user})`}`', 'user'],
  ['"SELECT 1 FROM events WHERE app = \'" + app', 'app'],
  ['`SELECT 1 FROM events WHERE app = #{quote(app)} AND test = {test:String} LIMIT #{limit}`'],
  ['`Expected a test of #{app}; #{testId} came.`'],
])('of %s this is wrong: %s', (source, ...expressions) => {
  const found = faultsOf('query-api/sample.ts', `const sql = ${source.replaceAll('#{', '${')}`)
  expect(found.map(({ expression }) => expression)).toEqual(expressions)
})
