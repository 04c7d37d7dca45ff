import type { ClientOptions } from '../options.js'

/** Whether the browser asks not to be tracked, or is one that is left out. */
export function isPrivate({ honorPrivacySignals = true, leaveOut }: ClientOptions): boolean {
  const { doNotTrack, globalPrivacyControl, userAgent } = (globalThis.navigator ?? {}) as Navigator & Signals
  return (honorPrivacySignals && (globalPrivacyControl || doNotTrack === '1')) || leaveOut?.test(userAgent) || false
}

interface Signals {
  globalPrivacyControl?: boolean
}

/** User agents that say of themselves that nobody looks at what they load. */
export const knownBots = /bot|crawl|spider|slurp|headless|lighthouse|prerender|preview/i
