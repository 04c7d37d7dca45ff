import type { Visitor } from '../visitor.js'

type Page = Document & { prerendering?: boolean }

/** Whether the browser prepares this page before anybody asked for it. */
export const isUnseen = (): boolean | undefined => (globalThis.document as Page | undefined)?.prerendering

/** Calls when a page is seen that was prepared, and when one comes back that was left. @returns what ends that */
export function onShown(shown: (isFirst?: boolean) => void): (() => void) | undefined {
  const { document } = globalThis
  if (!document) return
  const ends = new AbortController()
  document.addEventListener?.('prerenderingchange', () => shown(true), ends)
  addEventListener('pageshow', ({ persisted }) => persisted && shown(), ends)
  return () => ends.abort()
}

/** The user of a page that nobody has seen: what is told waits for whoever sees it. */
export const unseen = (visitor: Visitor, later: (tell: (seen: Visitor) => void) => void): Visitor => ({
  ...visitor,
  assign(testId) {
    later((seen) => seen.assign(testId))
    return visitor.peek(testId)
  },
  track: (...told) => later((seen) => seen.track(...told)),
  report: (...told) => later((seen) => seen.report(...told)),
  identify: (known) => later((seen) => seen.identify(known)),
})
