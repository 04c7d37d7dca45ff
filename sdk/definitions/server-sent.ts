import { createGuard } from '../guard.js'
import { onPage } from '../on-page.js'
import type { Updates } from '../options.js'

/** Milliseconds, up to twice as many, before a stream is opened again that the browser gave up, as it does after a refusal. */
const AGAIN = 30_000

/**
 * Definitions as the server tells of them, where the platform has `EventSource`; elsewhere nothing happens. Hidden pages do
 * not listen: browsers allow a server without HTTP/2 six connections, for all tabs together.
 */
export const serverSent: Updates = (url, onConfig) => {
  const { EventSource, document } = globalThis
  if (!EventSource) return () => {}
  // What comes damaged is passed over: the next message is whole again.
  const { attempt } = createGuard()
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const open = () =>
    attempt(() => {
      const stream = new EventSource(url)
      source = stream
      stream.addEventListener('config', ({ data }) => attempt(() => onConfig(JSON.parse(data))))
      stream.addEventListener('error', () => {
        // All else it tries again by itself.
        if (stream.readyState === EventSource.CLOSED) timer = setTimeout(open, AGAIN * (1 + Math.random()))
      })
    })
  const close = () => {
    clearTimeout(timer)
    attempt(() => source?.close())
  }
  const turn = () => {
    close()
    if (document?.visibilityState !== 'hidden') open()
  }
  turn()
  const page = onPage({ visibilitychange: turn })
  return () => {
    page?.abort()
    close()
  }
}
