import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { decoded } from '../http/visit.js'

/** The cookie by which a tester asks for a branch; the header is `X-Assay-Override`. */
export const OVERRIDE = 'assay-override'

/** The branch that a tester asks for: `BRANCH:SECRET`, the branch percent-encoded. Without the secret nobody asks. */
export function overrideOf(headers: IncomingHttpHeaders, secret: string | undefined): string | undefined {
  if (secret === undefined) return
  const said = headers['x-assay-override'] ?? cookieOf(headers.cookie ?? '')
  const [, branch, given] = /^([^:]+):(.*)$/s.exec(`${said ?? ''}`) ?? []
  if (branch === undefined || !timingSafeEqual(digest(given!), digest(secret))) return
  return decoded(branch) || undefined
}

const cookieOf = (header: string) =>
  header
    .split(/; */)
    .find((pair) => pair.startsWith(`${OVERRIDE}=`))
    ?.slice(OVERRIDE.length + 1)

/** Of equal length, so that the time tells nothing of the secret. */
const digest = (text: string) => createHash('sha256').update(text).digest()
