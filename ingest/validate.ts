import type { ErrorCode } from '@assay/core/errors'
import { reservedEvents, testsOf, type WireEvent, wireEvent } from '@assay/core/event'
import type { z } from 'zod'
import { describe, quote } from './describe.js'

/** Why one event of a batch was not taken. Not an Error: a thousand stack traces a request would be an attack. */
export class Refusal {
  constructor(
    readonly code: ErrorCode,
    readonly message: string,
  ) {}
}

const MAX_MESSAGE = 200

export function validate(raw: unknown): WireEvent | Refusal {
  const result = wireEvent.safeParse(raw)
  if (!result.success) return new Refusal('event-invalid', explain(result.error.issues[0]!, raw))
  const reserved = reservedName(result.data)
  if (reserved === undefined) return result.data
  return new Refusal('name-reserved', `Expected names that do not start with $; ${quote(reserved)} came.`)
}

function reservedName(event: WireEvent): string | undefined {
  const tests = testsOf(event)
  const names = [event.app, ...Object.keys(tests), ...Object.values(tests), ...Object.keys(event.props ?? {})]
  if (!reservedEvents.some((known) => known === event.event)) names.push(event.event)
  return names.find((name) => name.startsWith('$'))
}

function explain(issue: z.core.$ZodIssue, raw: unknown): string {
  const path = issue.path.map((step) => quote(String(step))).join('.')
  const what = issue.code === 'invalid_key' ? issue.issues[0]?.message : wording(issue)
  return `${path === '' ? 'event' : path}: ${what}; ${describe(at(raw, issue.path))} came.`.slice(0, MAX_MESSAGE)
}

function wording(issue: z.core.$ZodIssue): string {
  // Zod would list every key, each as long as the client made it.
  return issue.code === 'unrecognized_keys' ? `unknown field ${quote(issue.keys[0] ?? '')}` : issue.message
}

function at(raw: unknown, path: PropertyKey[]): unknown {
  return path.reduce((value, step) => (value as Record<PropertyKey, unknown> | null | undefined)?.[step], raw)
}
