import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { closeAll, listen } from './front.js'

/** A shop's web server: pages by path, each with its headers. */
export interface Site {
  url: string
  /** Serves this text at a path; what a path ends in says what it is. */
  serve(path: string, text: string, headers?: Record<string, string>): string
  close(): void
}

export const root = fileURLToPath(import.meta.url.replace(/\/test\/.*$/, '/'))

/** A module with what it imports, `@assay/sdk` among it, as an app's bundler makes it. */
export async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['assay-source'],
    write: false,
  })
  return outputFiles[0]!.text
}

export async function openSite(): Promise<Site> {
  const served = new Map<string, { text: string; headers: Record<string, string> }>()
  const server = createServer((request, response) => {
    const path = request.url!.split('?')[0]!
    const found = served.get(path)
    // Without an icon browsers would print that there is none.
    if (!found) return response.writeHead(path === '/favicon.ico' ? 204 : 404).end()
    const type = path.endsWith('.js') ? 'text/javascript' : 'text/html'
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, ...found.headers }).end(found.text)
  })
  const url = await listen(server)
  const serve: Site['serve'] = (path, text, headers = {}) => {
    served.set(path, { text, headers: { 'access-control-allow-origin': '*', ...headers } })
    return url + path
  }
  return { url, serve, close: () => closeAll(server) }
}
