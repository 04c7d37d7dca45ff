import { AssayError } from '../errors.js'
import type { AskedSession } from './analyst.js'
import { quote } from './sql.js'
import { functionRules } from './sql-functions.js'

/**
 * Lets a question pass if it is one SELECT of the tables that are shown, by functions that do nothing but compute. The
 * engine parses it: the text that runs is the one that the engine wrote from what it understood. A connection that is
 * read only is not enough, since the embedded engine would still read files by a function, write them by INTO OUTFILE,
 * and stop the queries of others (docs/export.md).
 */
export const shownTables = ['events', 'bucket_rollup', 'exposures', 'facts', 'imports', 'moments'] as const

/** Kinds of nodes of a SELECT: anything else is refused, be it a statement or what a later engine adds. */
const nodes = new Set([
  ...['SelectWithUnionQuery', 'SelectIntersectExceptQuery', 'SelectQuery', 'Subquery', 'WithElement'],
  ...['TablesInSelectQuery', 'TablesInSelectQueryElement', 'TableExpression', 'TableJoin', 'ArrayJoin'],
  ...['TableIdentifier', 'Identifier', 'Function', 'Literal', 'ExpressionList', 'SampleRatio'],
  ...['OrderByElement', 'InterpolateElement', 'WindowDefinition', 'WindowListElement'],
  ...['Asterisk', 'QualifiedAsterisk', 'ColumnsRegexpMatcher', 'QualifiedColumnsRegexpMatcher', 'ColumnsListMatcher'],
  ...['QualifiedColumnsListMatcher', 'ColumnsTransformerList', 'ColumnsApplyTransformer', 'ColumnsExceptTransformer'],
  ...['ColumnsReplaceTransformer', 'ColumnsReplaceTransformer::Replacement'],
])

/** Databases that every engine has, whether or not it shows them. */
const known = ['system', 'information_schema', 'INFORMATION_SCHEMA', 'default']

const refusal = (came: string) =>
  new AssayError('sql-forbidden', `query: expected one SELECT of ${shownTables.join(', ')}; ${came}.`)

interface Rules {
  database: string
  databases: readonly string[]
  callable: (name: string) => boolean
}

/** The text to run. @throws AssayError `sql-forbidden`; the engine's error where it cannot be parsed */
export async function allowed(session: AskedSession, database: string, sql: string): Promise<string> {
  const found = await session.rows<{ name: string }>('SELECT name FROM system.databases')
  const databases = [...known, ...found.map((row) => row.name)]
  const rules = { database, databases, callable: await functionRules(session) }
  const text = await rewritten(session, sql)
  // What it names is looked at as it is written, before names are resolved, which computes what is constant.
  for (const line of await explained(session, `EXPLAIN AST ${text}`)) checkWritten(line, rules)
  for (const line of await explained(session, `EXPLAIN QUERY TREE passes = 1 ${text}`)) checkResolved(line, rules)
  return text
}

/** One statement without comments, as the engine understood it, that could stand inside another one. */
async function rewritten(session: AskedSession, sql: string): Promise<string> {
  const [row] = await session.rows<{ text: string; whole: string | null }>(
    `SELECT formatQuerySingleLine(${quote(sql)}) AS text, formatQuerySingleLineOrNull(concat('SELECT * FROM (', text, ')')) AS whole`,
  )
  if (row!.whole === null) throw refusal('a statement that does more, or says where its rows go, came')
  return row!.text
}

async function explained(session: AskedSession, statement: string): Promise<string[]> {
  const rows = await session.rows<{ explain: string }>(statement)
  return rows.map((row) => row.explain)
}

const NODE = /^ *(\S+)(?: (.*?))??(?: \(alias .*\))?(?: \(children \d+\))?$/

/** A node of the parsed text: its kind, and what it names. */
function checkWritten(line: string, rules: Rules): void {
  const [, kind = line, name = ''] = NODE.exec(line) ?? []
  if (!nodes.has(kind)) throw refusal(`${kind} came`)
  if (kind === 'Function' && !rules.callable(name)) throw refusal(`the function ${name} came`)
  if (kind === 'TableIdentifier' && name.includes('.') && !isShown(name, rules)) throw refusal(`the table ${name} came`)
  if (kind === 'Identifier' && isForeign(name, rules)) throw refusal(`${name} came`)
}

/** A node of the resolved query: tables by their full names, and functions that were named like columns. */
function checkResolved(line: string, { database, databases, callable }: Rules): void {
  const [, kind, rest = ''] = /^ *(TABLE|TABLE_FUNCTION|FUNCTION) id: (.*)$/.exec(line) ?? []
  // The last one is the engine's own: an alias, which comes before it, may say anything.
  if (kind === 'TABLE') {
    const name =
      /.*, table_name: (.*?)(?:, (?:final|sample_size|sample_offset|table_expression_modifiers): .*)?$/.exec(
        rest,
      )?.[1] ?? ''
    if (!isShown(name, { database, databases, callable })) throw refusal(`the table ${name} came`)
  }
  if (kind === 'TABLE_FUNCTION' && !/, table_function_name: numbers\b/.test(rest))
    throw refusal('a table function came')
  const name = kind === 'FUNCTION' ? (/, function_name: ([^,]*),/.exec(rest)?.[1] ?? '') : undefined
  if (name !== undefined && !/^_/.test(name) && !callable(name)) throw refusal(`the function ${name} came`)
}

/** `system.one` is what a SELECT without tables reads. */
const isShown = (name: string, { database }: Rules) =>
  name === 'system.one' || shownTables.some((table) => name === `${database}.${table}`)

function isForeign(name: string, { database, databases }: Rules): boolean {
  const [first, second] = name.split('.')
  return second !== undefined && first !== database && databases.includes(first!)
}
