/** Listens to what happens to a page, until that is aborted; elsewhere nothing does. */
export function onPage(listeners: Record<string, (event: Event) => unknown>): AbortController | undefined {
  if (!globalThis.document) return
  const ends = new AbortController()
  for (const event in listeners) addEventListener(event, listeners[event]!, ends)
  return ends
}
