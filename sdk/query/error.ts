/** A refusal or failure of Assay; `docs/errors.md` lists the codes. */
export class QueryError extends Error {
  override name = 'QueryError'

  constructor(
    /** The HTTP status. */
    readonly status: number,
    /** Of the catalogue, as `test-not-found`; `not-assay` if something else answered. */
    readonly code: string,
    /** What was expected and what came. */
    readonly detail: string,
    /** What to do. */
    readonly advice: string,
    /** Seconds to wait before the same request may succeed. */
    readonly retryAfter?: number,
  ) {
    super(`${detail} ${advice}`)
  }
}

/** The error that an answer other than 2xx tells of. */
export async function errorOf(response: Response): Promise<QueryError> {
  const { status, headers } = response
  const problem = await response.json().catch(() => undefined)
  if (!problem?.code) return notAssay(response)
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  const retryAfter = Number.isNaN(seconds) ? undefined : seconds
  return new QueryError(status, problem.code, problem.detail, problem.advice, retryAfter)
}

/** The error of an answer that Assay does not give: of a proxy, a page to sign in. */
export const notAssay = ({ status, headers }: Response) =>
  new QueryError(
    status,
    'not-assay',
    `Expected JSON of Assay; ${status} ${headers.get('content-type')} came.`,
    'Check the url, and what stands between.',
  )
