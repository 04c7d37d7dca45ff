import { bodyOf, json, listen } from './fake-server.js'

export interface Asked {
  /** Method and path, as `GET /v1/apps/shop/tests`. */
  what: string
  match?: string
  body?: unknown
}

type Reply = { status?: number; body: object }

/** Notes what it is asked, and answers as it is told: by its number, from 0, and what it is. */
export async function fakeTests(answer: (request: number, what: string) => Reply) {
  const asked: Asked[] = []
  const url = await listen(async (request, response) => {
    const what = `${request.method} ${request.url}`
    const match = request.headers['if-match']
    const body = request.method === 'GET' ? undefined : await bodyOf(request)
    asked.push({ what, ...(match !== undefined && { match }), ...(body && { body }) })
    const { status = 200, body: told } = answer(asked.length - 1, what)
    json(response, status, told)
  })
  return { url, key: 'k', asked }
}
