import { createGuard } from './guard.js'

/** What a page tells of itself and its user. What it does not know is `undefined`. */
export type PageAttributes = {
  /** Of the address, as `/checkout`. */
  path?: string | undefined
  /** The host that the user came from, as `www.example.com`; the page's own, from one of its pages. */
  referrer?: string | undefined
  /** The user's first, as `de-AT`. */
  language?: string | undefined
  /** A desktop, unless its main pointer is a finger; then by the screen's shorter side. */
  device?: 'phone' | 'tablet' | 'desktop' | undefined
  /** The campaign, as the address has it: `utm_source`, `utm_medium` and the like. */
  [campaign: `utm_${string}`]: string | undefined
}

/** Tablets have as many CSS pixels on the screen's shorter side, or more. */
const TABLET = 600

/**
 * Attributes for targeting, of the page as it is at the moment: `describe(pageAttributes())`. Outside of pages there are
 * none. It never throws, asks the user for nothing, and sends nothing.
 */
export function pageAttributes(): PageAttributes {
  const { document, location, navigator } = globalThis
  const { attempt } = createGuard()
  if (!document) return {}
  return {
    ...attempt(() =>
      Object.fromEntries([...new URLSearchParams(location.search)].filter(([name]) => /^utm_/.test(name))),
    ),
    path: attempt(() => location.pathname),
    referrer: attempt(() => new URL(document.referrer).hostname),
    language: attempt(() => navigator.language),
    device: attempt(deviceOf),
  }
}

function deviceOf(): PageAttributes['device'] {
  if (!matchMedia('(pointer: coarse)').matches) return 'desktop'
  return Math.min(screen.width, screen.height) < TABLET ? 'phone' : 'tablet'
}
