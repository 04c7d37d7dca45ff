import { columnReading } from './event-columns.js'
import { EventRows, wireReading } from './events.js'
import type { Format } from './format.js'
import { type Mapping, usage } from './mapping.js'
import type { Table } from './table.js'
import { parseMetric, UserRows } from './users.js'

/** As the command line has them. */
export interface ImportOptions {
  /** Whether a row is an event; else it is a user. */
  events: boolean
  format?: Format
  app?: string
  test?: string
  user?: string
  branch?: string
  metric?: string[]
  time?: string
  event?: string
  value?: string
  id?: string
  prop?: string[]
  quiet: boolean
}

const ofUsers = ['metric'] as const
const ofEvents = ['event', 'value', 'id', 'prop'] as const
const ofColumns = [...ofEvents, 'user', 'time', 'branch', 'test'] as const

/** How the options want the rows to be read. @throws CommandError for options that lack or contradict each other */
export function mappingOf(options: ImportOptions, table: Table): Mapping {
  const foreign = (options.events ? ofUsers : ofEvents).find((name) => options[name] !== undefined)
  if (foreign !== undefined)
    throw usage(`Expected --${foreign} only ${options.events ? 'without' : 'with'} --events; it came.`)
  return options.events ? eventRows(options, table) : userRows(options)
}

function userRows({ app, test, user, branch, metric = [], time }: ImportOptions): Mapping {
  const { app: a, test: t, user: u, branch: b } = given({ app, test, user, branch }, 'a file of users')
  const metrics = metric.map(parseMetric)
  return new UserRows({ app: a, test: t, user: u, branch: b, metrics, ...(time === undefined ? {} : { time }) })
}

function eventRows(options: ImportOptions, { columns }: Table): Mapping {
  const mapped = columns !== null || ofColumns.some((name) => options[name] !== undefined)
  if (!mapped) return new EventRows(wireReading(options.app))
  const { app } = given({ app: options.app }, 'a file of events by columns')
  return new EventRows(columnReading({ ...options, app }, columns))
}

function given<Name extends string>(wanted: Record<Name, string | undefined>, what: string): Record<Name, string> {
  const missing = Object.entries(wanted).filter(([, value]) => value === undefined)
  if (missing.length === 0) return wanted as Record<Name, string>
  throw usage(`Expected ${missing.map(([name]) => `--${name}`).join(', ')} with ${what}; missing.`)
}
