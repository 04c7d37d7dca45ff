import type { ClientOptions } from '../options.js'

/** What browsers say of their users, in a page or in a request's headers. */
export interface Signals {
  doNotTrack?: string | null
  globalPrivacyControl?: boolean
  userAgent?: string
}

/** Whether the browser asks not to be tracked, or is one that is left out. */
export function isPrivate(
  { honorPrivacySignals = true, leaveOut }: ClientOptions,
  { doNotTrack, globalPrivacyControl, userAgent }: Signals = globalThis.navigator ?? {},
): boolean {
  if (honorPrivacySignals && (globalPrivacyControl || doNotTrack === '1')) return true
  return !!leaveOut && `${userAgent}`.search(leaveOut) >= 0
}

/** User agents that say of themselves that nobody looks at what they load. */
export const knownBots = /bot|crawl|spider|slurp|headless|lighthouse|prerender|preview/i
