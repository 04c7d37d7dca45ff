import { InvalidArgumentError } from 'commander'
import { port } from './arguments.js'

/** Where a door is, and what it is of where it says so: an app, and one of its tests. */
export interface DoorAt {
  app?: string
  test?: string
  at: string
}

/** `WHERE`, `APP=WHERE` or `APP/TEST=WHERE`; names with `/` or `=` in them are percent-encoded. */
export function doorAt(text: string, before: readonly DoorAt[] = []): DoorAt[] {
  const [, target, at] = /^(?:([^=]*)=)?(.*)$/s.exec(text)!
  // A path may have any sign in it.
  if (target === undefined || /^[./]/.test(text)) return [...before, { at: text }]
  const [app, test, ...more] = target.split('/').map(named)
  if (!app || test === '' || more.length > 0 || !at)
    throw new InvalidArgumentError('expected WHERE, APP=WHERE or APP/TEST=WHERE.')
  return [...before, { app, ...(test !== undefined && { test }), at }]
}

/** The same with a port. */
export function portAt(text: string, before: readonly DoorAt[] = []): DoorAt[] {
  const doors = doorAt(text, before)
  port(doors.at(-1)!.at)
  return doors
}

/** `BRANCH=URL`; names with `=` in them are percent-encoded. */
export function upstream(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, branch, url] = /^([^=]+)=(.+)$/s.exec(text) ?? []
  if (branch === undefined) throw new InvalidArgumentError('expected BRANCH=URL, as control=http://127.0.0.1:8001.')
  return { ...before, [named(branch)]: url! }
}

function named(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new InvalidArgumentError('expected names whose percent signs are encoded.')
  }
}

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000 }

/** Milliseconds of a time such as 8s, from a second to an hour. */
export function duration(text: string): number {
  const [, amount, unit] = /^(\d{1,7})(ms|s|m)$/.exec(text) ?? []
  const milliseconds = Number(amount) * units[unit ?? '']!
  if (milliseconds >= 1000 && milliseconds <= 3_600_000) return milliseconds
  throw new InvalidArgumentError('expected a time from 1s to 60m, such as 8s.')
}

/** `HOST:PORT`, or `[ADDRESS]:PORT`. */
export function hostAndPort(text: string): { host: string; port: number } {
  const [, bracketed, plain, number] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? []
  if (number === undefined) throw new InvalidArgumentError('expected HOST:PORT.')
  return { host: bracketed ?? plain!, port: port(number) }
}

/** What metrics' names begin with. */
export function prefix(text: string): string {
  const name = text.replace(/\.$/, '')
  if (/^[\w-]+(\.[\w-]+)*$/.test(name)) return name
  throw new InvalidArgumentError('expected letters, digits, _ and -, in parts with dots between.')
}
