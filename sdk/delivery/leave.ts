/** Calls when the page may be about to go away, with the event if it is going, and when the network is back. @returns what ends that */
export function onLeave(leave: (going?: Event) => void, online: () => void): (() => void) | undefined {
  if (!globalThis.document) return
  const ends = new AbortController()
  const on = (event: string, listener: (event: Event) => void) => addEventListener(event, listener, ends)
  on('visibilitychange', () => document.hidden && leave())
  // Safari leaves without hiding the page first.
  on('pagehide', leave)
  on('online', online)
  return () => ends.abort()
}
