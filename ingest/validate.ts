import type { ErrorCode } from '@assay/core/errors'
import { reservedEvents, type WireEvent, wireEvent } from '@assay/core/event'
import type { z } from 'zod'
import { describe, quote } from './describe.js'

/** Why one event of a batch was not taken. Not an Error: a thousand stack traces a request would be an attack. */
export class Refusal {
  constructor(
    readonly code: ErrorCode,
    readonly message: string,
  ) {}
}

/** Where another format has a field of ours: messages name what the sender wrote. */
export type Origins = Partial<Record<keyof WireEvent, readonly string[]>>

const MAX_MESSAGE = 200

export function validate(raw: unknown, origins: Origins = {}): WireEvent | Refusal {
  const result = wireEvent.safeParse(raw)
  if (!result.success) return refuse(result.error, raw, origins)
  const reserved = reservedName(result.data)
  if (reserved === undefined) return result.data
  const [field, name] = reserved
  const place = placeOf([field], origins)
  return new Refusal('name-reserved', `${place}: expected names that do not start with $; ${quote(name)} came.`)
}

function reservedName(event: WireEvent): [field: keyof WireEvent, name: string] | undefined {
  const { app, tests = {}, testId, branch, props = {} } = event
  const names = {
    app: [app],
    event: reservedEvents.some((known) => known === event.event) ? [] : [event.event],
    testId: [testId ?? ''],
    branch: [branch ?? ''],
    tests: [...Object.keys(tests), ...Object.values(tests)],
    props: Object.keys(props),
  }
  for (const [field, given] of Object.entries(names)) {
    const reserved = given.find((name) => name.startsWith('$'))
    if (reserved !== undefined) return [field as keyof typeof names, reserved]
  }
  return undefined
}

/** Tells of the first thing that is wrong with `raw`. */
export function refuse({ issues }: z.ZodError, raw: unknown, origins: Origins = {}): Refusal {
  const issue = issues[0]!
  const what = issue.code === 'invalid_key' ? issue.issues[0]?.message : wording(issue)
  const message = `${placeOf(issue.path, origins)}: ${what}; ${describe(at(raw, issue.path))} came.`
  return new Refusal('event-invalid', message.slice(0, MAX_MESSAGE))
}

function placeOf([field, ...rest]: readonly PropertyKey[], origins: Origins): string {
  if (field === undefined) return 'event'
  return [...(origins[field as keyof WireEvent] ?? [field]), ...rest].map((step) => quote(String(step))).join('.')
}

function wording(issue: z.core.$ZodIssue): string {
  // Zod would list every key, each as long as the client made it.
  return issue.code === 'unrecognized_keys' ? `unknown field ${quote(issue.keys[0] ?? '')}` : issue.message
}

function at(raw: unknown, path: PropertyKey[]): unknown {
  return path.reduce((value, step) => (value as Record<PropertyKey, unknown> | null | undefined)?.[step], raw)
}
