import type { AskedSession } from './analyst.js'

/**
 * Kinds of functions, as the engine sorts its own, that compute from their arguments and do nothing else. Left out are
 * those that read files and dictionaries, ask models and servers, tell about the machine, or wait.
 */
const kinds = [
  ...['Aggregate Functions', 'Arithmetic', 'Arrays', 'Bit', 'Bitmap', 'Comparison', 'Conditional', 'Dates and Times'],
  ...['Distance', 'Encoding', 'Financial', 'Geo', 'Geo Polygon', 'Hash', 'IP Address', 'JSON', 'Logical', 'Map'],
  ...['Mathematical', 'Null', 'NumericIndexedVector', 'Random Number', 'Rounding', 'String', 'String Replacement'],
  ...['String Search', 'String Splitting', 'Time Window', 'Tuple', 'Type Conversion', 'URL', 'UUID'],
]

/** Of the rest, harmless ones that analysts miss, and what parameters and words of SQL become; `numbers` as a table. */
const others = [
  ...['bar', 'finalizeAggregation', 'formatReadableQuantity', 'formatReadableSize', 'formatReadableTimeDelta'],
  ...['identity', 'ignore', 'materialize', 'toTypeName', 'transform', 'throwIf', 'rowNumberInAllBlocks'],
  ...['neighbor', 'runningAccumulate', 'runningDifference', 'getSubcolumn', 'variantElement', 'currentDatabase'],
  ...[
    '_CAST',
    'lambda',
    'caseWithExpression',
    'caseWithExpr',
    'arrayJoin',
    'exists',
    'grouping',
    'untuple',
    'interval',
    'numbers',
  ],
]

interface Row {
  name: string
  /** What it is another name of, or ''. */
  origin: string
  kind: string
  aggregate: number
  anyCase: number
}

/** Whether a function may be called; also by the names that the engine gives to what it makes of one. */
export async function functionRules(session: AskedSession): Promise<(name: string) => boolean> {
  const rows = await session.rows<Row>(
    `SELECT name, alias_to AS origin, categories AS kind, is_aggregate AS aggregate, case_insensitive AS anyCase
     FROM system.functions`,
  )
  const found = await session.rows<{ name: string }>('SELECT name FROM system.aggregate_function_combinators')
  const combinators = found.map((row) => row.name)
  const exact = new Map(rows.map((row) => [row.name, row]))
  const anyCase = new Map(rows.filter((row) => row.anyCase === 1).map((row) => [row.name.toLowerCase(), row]))
  const known = (name: string) => exact.get(name) ?? anyCase.get(name.toLowerCase())
  const computes = (row: Row): boolean =>
    others.includes(row.name) || (row.aggregate === 1 && row.kind === '') || kinds.includes(row.kind)
  const aggregates = (name: string): boolean =>
    known(name)?.aggregate === 1 || combinators.some((c) => name.endsWith(c) && aggregates(name.slice(0, -c.length)))
  return (name) => {
    const row = known(name)
    if (row === undefined) return others.includes(name) || aggregates(name)
    return computes(row.origin === '' ? row : (known(row.origin) ?? row))
  }
}
