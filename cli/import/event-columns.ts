import { inheritedNames, type WireEvent } from '@assay/core/event'
import { cellOf, nameable, nameOf, rawOf, readNumber, readTime } from './cell.js'
import type { EventReading, ToEvent } from './events.js'
import { expected, issuesOf } from './judge.js'
import { checkName, usage } from './mapping.js'
import type { Row } from './table.js'

/** How the columns of a file of events are asked for; those not asked for are found by the field's own name. */
export interface AskedColumns {
  app: string
  test?: string
  user?: string
  event?: string
  value?: string
  time?: string
  id?: string
  branch?: string
  prop?: string[]
}

/** Where each field of an event is. */
interface Fields {
  user: string
  event: string
  value?: string
  time?: string
  id?: string
  branch?: string
  testId?: string
  tests?: string
  props?: string
}

/** Rows of columns as events. @param columns those of the file, where it has the same in each row @throws CommandError */
export function columnReading(asked: AskedColumns, columns: readonly string[] | null): EventReading {
  const { app, test, prop = [] } = asked
  checkName('an app', app)
  if (test !== undefined) checkName('a test', test)
  if (test !== undefined && inheritedNames.includes(test))
    throw usage(`Expected another test id; ${test} is no name for one.`)
  const fields = locate(asked, columns)
  const { user, event, value, time, id, branch } = asked
  const explicit = [user, event, value, time, id, branch].filter((c) => c !== undefined)
  return {
    columns: [...Object.values(fields), ...prop],
    required: [...new Set([fields.user, fields.event, ...explicit, ...prop])],
    identity: [test ?? null, Object.entries(fields).sort(), [...prop].sort()],
    toEvent: reader(fields, app, test, prop),
  }
}

const own = ['value', 'time', 'id', 'branch', 'testId', 'tests', 'props'] as const

function locate(asked: AskedColumns, columns: readonly string[] | null): Fields {
  const { prop = [], test, user = 'user', event = 'event' } = asked
  const taken = new Set([user, event, asked.value, asked.time, asked.id, asked.branch, ...prop])
  const fields: Fields = { user, event }
  for (const field of own) {
    const there = (columns?.includes(field) ?? true) && !taken.has(field)
    const column = (asked as Partial<Fields>)[field] ?? (there ? field : undefined)
    if (column !== undefined && !(field === 'testId' && test !== undefined)) fields[field] = column
  }
  if (test !== undefined && fields.branch === undefined) throw usage('Expected --branch with --test; it is missing.')
  if (test === undefined && fields.branch !== undefined && fields.testId === undefined)
    throw usage(`Expected --test, or a column testId, beside the branch in ${fields.branch}; there is none.`)
  return fields
}

function reader(fields: Fields, app: string, test: string | undefined, prop: readonly string[]): ToEvent {
  const columnOf = new Map<string, string>(Object.entries(fields))
  return (row, refuse) => {
    let refused = false
    const refuseField: RefuseField = (column, takes, got) => {
      refused = true
      refuse(row, column, takes, got)
    }
    const event: WireEvent = {
      app,
      user: textIn(row, fields.user, refuseField),
      event: textIn(row, fields.event, refuseField),
      ...valueIn(row, fields.value, refuseField),
      ...timeIn(row, fields.time, refuseField),
      ...idIn(row, fields.id, refuseField),
      ...testsIn(row, fields, test, refuseField),
      ...propsIn(row, fields.props, prop, refuseField),
    }
    if (refused) return null
    for (const { field, expected: takes, got } of issuesOf(event))
      refuseField(columnOf.get(field) ?? fields.branch ?? field, takes, got)
    return refused ? null : event
  }
}

type RefuseField = (column: string, expected: string, got: unknown) => void

function textIn(row: Row, column: string, refuse: RefuseField): string {
  const text = nameOf(row, column)
  if (text === null) refuse(column, nameable, cellOf(row, column))
  return text ?? '-'
}

function idIn(row: Row, column: string | undefined, refuse: RefuseField): Pick<WireEvent, 'id'> {
  const id = column === undefined ? '' : textIn(row, column, refuse)
  return id === '' ? {} : { id }
}

function valueIn(row: Row, column: string | undefined, refuse: RefuseField): Pick<WireEvent, 'value'> {
  const cell = column === undefined ? '' : cellOf(row, column).trim()
  if (cell === '') return {}
  const value = readNumber(cell)
  if (value === null) refuse(column!, expected.value!, cell)
  return { value: value ?? 0 }
}

function timeIn(row: Row, column: string | undefined, refuse: RefuseField): Pick<WireEvent, 'time'> {
  if (column === undefined || rawOf(row, column) === undefined) return {}
  const time = readTime(cellOf(row, column))
  if (time === null) refuse(column, 'a time (ISO 8601 or Unix milliseconds)', cellOf(row, column))
  return { time: time ?? 0 }
}

/** A row without a branch is of no test. */
function testsIn(row: Row, fields: Fields, test: string | undefined, refuse: RefuseField): Pick<WireEvent, 'tests'> {
  const tests = fields.tests === undefined ? null : objectIn<string>(row, fields.tests, refuse)
  const branch = fields.branch === undefined ? '' : textIn(row, fields.branch, refuse)
  const testId = test ?? (fields.testId === undefined ? '' : textIn(row, fields.testId, refuse))
  if (branch === '' && (testId === '' || test !== undefined)) return tests === null ? {} : { tests }
  if (testId === '') refuse(fields.testId!, expected.testId!, testId)
  else if (branch === '') refuse(fields.branch ?? 'branch', expected.branch!, branch)
  else if (tests !== null && Object.hasOwn(tests, testId) && tests[testId] !== branch)
    refuse(fields.branch!, `${tests[testId]}, as ${fields.tests} has for ${testId}`, branch)
  return { tests: { ...tests, [testId]: branch } }
}

function propsIn(
  row: Row,
  column: string | undefined,
  names: readonly string[],
  refuse: RefuseField,
): Pick<WireEvent, 'props'> {
  const props: NonNullable<WireEvent['props']> = column === undefined ? {} : { ...objectIn(row, column, refuse) }
  for (const name of names) {
    const cell = cellOf(row, name)
    if (cell !== '') props[name] = cell
  }
  return Object.keys(props).length === 0 ? {} : { props }
}

/** Nested values, or a cell of JSON. */
function objectIn<T>(row: Row, column: string, refuse: RefuseField): Record<string, T> | null {
  const cell = cellOf(row, column)
  if (cell === '') return null
  try {
    const value: unknown = JSON.parse(cell)
    if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, T> | null
  } catch {
    // Told as the fault of this cell.
  }
  refuse(column, 'a JSON object', cell)
  return null
}
