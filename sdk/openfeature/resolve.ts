import type { ClientTest, Decision } from '../../core/decide.js'
import type { ClientConfig } from '../options.js'
import type { Visitor } from '../visitor.js'

/** By test id and branch, what a flag is worth. */
export type Values = Readonly<Record<string, Readonly<Record<string, unknown>>>>

export interface ProviderOptions {
  /** Of objects; for the other kinds of flags, instead of what the branch's name says. */
  values?: Values
}

export type Kind = 'boolean' | 'string' | 'number' | 'object'

/** OpenFeature's resolution details, of servers and pages alike. */
export interface Resolution<T> {
  value: T
  reason: string
  variant?: string
  flagMetadata?: { testId: string; version?: number }
  errorCode?: ErrorCode
  errorMessage?: string
}

type ErrorCode =
  | 'PROVIDER_NOT_READY'
  | 'FLAG_NOT_FOUND'
  | 'PARSE_ERROR'
  | 'TYPE_MISMATCH'
  | 'TARGETING_KEY_MISSING'
  | 'INVALID_CONTEXT'

export const refuse = <T>(value: T, errorCode: ErrorCode, errorMessage: string): Resolution<T> => ({
  value,
  reason: 'ERROR',
  errorCode,
  errorMessage,
})

/** A flag's value for a user, who counts in the test unless something is wrong. */
export function resolve<T>(
  config: ClientConfig | undefined,
  visitor: Visitor,
  { values = {} }: ProviderOptions,
  kind: Kind,
  testId: string,
  fallback: T,
): Resolution<T> {
  if (!config) return refuse(fallback, 'PROVIDER_NOT_READY', 'the tests are not known yet')
  const test = own(config.tests, testId)
  if (!test) return refuse(fallback, 'FLAG_NOT_FOUND', `${testId}: not a test of this app`)
  const decision = visitor.explain(testId)
  if (!decision) return refuse(fallback, 'PARSE_ERROR', `${testId}: its definition is not well formed`)
  const { branch, reason } = decision
  const mapped = own(own(values, testId), branch)
  const value = mapped === undefined ? unmapped(kind, test, branch) : mapped
  if (typeof value !== kind)
    return refuse(
      fallback,
      'TYPE_MISMATCH',
      `${testId}: expected ${named[kind]}; ${branch} is ${JSON.stringify(value)}`,
    )
  visitor.assign(testId)
  const { version } = test
  const flagMetadata = version === undefined ? { testId } : { testId, version }
  return { value: value as T, variant: branch, reason: reasonOf(test, reason), flagMetadata }
}

const named = { boolean: 'a boolean', string: 'a string', number: 'a number', object: 'an object' } as const

/** What the name of a branch says by itself. */
function unmapped(kind: Kind, { branches, control = branches[0]!.name }: ClientTest, branch: string): unknown {
  if (kind === 'boolean') return own(BOOLEANS, branch) ?? branch !== control
  return kind === 'number' && /^-?\d+(\.\d+)?$/.test(branch) ? Number(branch) : branch
}

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, on: true, false: false, off: false }

/** What the specification calls the reason of a decision. */
function reasonOf({ branches, within = [], targeting }: ClientTest, reason: Decision['reason']): string {
  if (reason !== 'split') return reasons[reason]
  if (within.length || branches.filter(({ weight }) => weight > 0).length > 1) return 'SPLIT'
  return targeting ? 'TARGETING_MATCH' : 'STATIC'
}

const reasons = { sticky: 'CACHED', forced: 'TARGETING_MATCH', shipped: 'STATIC', 'left-out': 'DEFAULT' } as const

const own = <T>(all: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  all && Object.hasOwn(all, name) ? all[name] : undefined
