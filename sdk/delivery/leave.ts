/** Calls when the page may be about to go away, and when the network is back. @returns what ends that */
export function onLeave(leave: () => void, online: () => void): () => void {
  const { document } = globalThis
  const ends = new AbortController()
  const on = (event: string, listener: () => void) => document && addEventListener(event, listener, ends)
  on('visibilitychange', () => document.hidden && leave())
  // Safari leaves without hiding the page first.
  on('pagehide', leave)
  on('online', online)
  return () => ends.abort()
}
