import type { ClientTest } from '@assay/core/decide'
import type { ClientConfig } from '@assay/sdk'
import { Decisions } from '../decide/decisions.js'
import { knownTests } from '../decide/known-tests.js'

/** A test of two branches, of which the canary has this share. */
export const canaryAt = (share: number, more: Partial<ClientTest> = {}): ClientTest => ({
  branches: [
    { name: 'master', weight: 1 - share },
    { name: 'next', weight: share },
  ],
  control: 'master',
  version: 1,
  ...more,
})

/** Decisions by this config as it is now, or, where it is null, by none. */
export function decisionsBy(config: object | null, isFresh = true, isClosed = false): Decisions {
  const last = config && knownTests(config as ClientConfig)
  return new Decisions({ last, isFresh: () => isFresh }, () => isClosed)
}

/** The current test is `release`, with a canary of this share. */
export const release = (share: number, more: Partial<ClientTest> = {}): ClientConfig => ({
  tests: { release: canaryAt(share, more) },
  current: 'release',
})
