/** Listens to what happens to a page; elsewhere nothing does. @returns what ends that */
export function onPage(listeners: Record<string, (event: Event) => unknown>): (() => void) | undefined {
  if (!globalThis.document) return
  const ends = new AbortController()
  for (const event in listeners) addEventListener(event, listeners[event]!, ends)
  return () => ends.abort()
}
