import type { Consent } from '../options.js'

/**
 * What the user decided, as far as it holds by now: of a page that the browser prepares before anybody asked for it,
 * `granted` counts as `pending` until somebody sees it.
 */
export function onceShown(decide: (consent: Consent) => void): (consent: Consent) => void {
  const page = globalThis.document as (Document & { prerendering?: boolean }) | undefined
  let wanted: Consent = 'pending'
  if (page?.prerendering) page.addEventListener('prerenderingchange', () => decide(wanted), { once: true })
  return (consent) => {
    wanted = consent
    decide(page?.prerendering && consent === 'granted' ? 'pending' : consent)
  }
}
