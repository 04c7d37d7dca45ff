/** Up to the equals sign. */
const nameOf = (cookie: string) => cookie.slice(0, cookie.indexOf('=') + 1)

/** Whether a cookie of the same name is among these. */
export const setsSame = (cookies: readonly unknown[], cookie: string): boolean =>
  cookies.some((value) => `${value}`.startsWith(nameOf(cookie)))

/** A fetch handler's response with the cookie, unless it sets one of that name itself. */
export function responseWith(response: Response, cookie: string): Response {
  if (setsSame(response.headers.getSetCookie(), cookie)) return response
  try {
    response.headers.append('set-cookie', cookie)
    return response
  } catch {
    // Those of redirects and of what was fetched stay as they are.
    const copy = new Response(response.body, response)
    copy.headers.append('set-cookie', cookie)
    return copy
  }
}

/** A request as if the browser had the cookie already. */
export function requestWith(request: Request, cookie: string): Request {
  const headers = new Headers(request.headers)
  const sent = headers.get('cookie')?.split(/; */) ?? []
  const others = sent.filter((pair) => pair && !pair.startsWith(nameOf(cookie)))
  headers.set('cookie', [...others, cookie.slice(0, cookie.indexOf(';'))].join('; '))
  return new Request(request, { headers })
}
