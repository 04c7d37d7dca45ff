/** Calls when the page may be about to go away, and when the network is back. @returns what ends that */
export function onLeave(leave: () => void, online: () => void): () => void {
  if (!globalThis.document) return () => {}
  const ends = new AbortController()
  const on = (event: string, listener: () => void) => addEventListener(event, listener, ends)
  on('visibilitychange', () => document.visibilityState === 'hidden' && leave())
  // Safari leaves without hiding the page first.
  on('pagehide', leave)
  on('online', online)
  return () => ends.abort()
}
