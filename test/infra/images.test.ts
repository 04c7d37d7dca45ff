import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { root, text } from './files.js'

const dockerfile = text('infra/Dockerfile').replaceAll('\\\n', ' ')

test('each stage builds on one before it, and the last are the images', () => {
  const stages = [...dockerfile.matchAll(/^FROM (\S+) AS (\S+)$/gm)].map(([, from, name]) => ({
    from: from!,
    name: name!,
  }))
  const known = ['node:22-slim']
  for (const { from, name } of stages) {
    expect(known).toContain(from)
    known.push(name)
  }
  for (const [, name] of dockerfile.matchAll(/--from=(\S+)/g)) expect(known).toContain(name)
  expect(known.slice(-2)).toEqual(['all', 'services'])
})

test('the engines are in the image of assay up alone', () => {
  const assembled = Object.fromEntries(
    [...dockerfile.matchAll(/^FROM build AS (\S+)\nRUN .*infra\/assemble\.sh (.+)$/gm)].map(([, name, args]) => [
      name,
      args,
    ]),
  )
  expect(assembled).toEqual({ 'assembled-services': '/opt/assay', 'assembled-all': '/opt/assay --engines' })
  expect(dockerfile).toContain('FROM base AS services\nCOPY --from=assembled-services /opt/assay /opt/assay\n')
})

test('the builder is given every package that is assembled, and what builds them', () => {
  const given = [...text('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, path]) => path!)
  const packages = text('infra/assemble.sh')
    .match(/^packages='(.+)'$/m)![1]!
    .split(' ')
  const others = ['package.json', 'package-lock.json', '.npmrc', 'tsconfig.base.json']
  const infra = ['assemble.sh', 'bundle.ts', 'bundle-main.ts', 'package.json', 'tsconfig.json'].map((f) => `infra/${f}`)
  expect(new Set(given)).toEqual(new Set([...packages, ...others, ...infra]))
  expect(given.filter((path) => !existsSync(join(root, path)))).toEqual([])
})

describe('the health check', () => {
  const [program, ...args] = JSON.parse(dockerfile.match(/^HEALTHCHECK .* CMD (\[.+\])$/m)![1]!)

  /** The check's exit code beside a server that answers `status`, or none. */
  async function check(status: number | null): Promise<number> {
    const asked: (string | undefined)[] = []
    const server = createServer((request, response) => {
      asked.push(request.url)
      response.writeHead(status!).end()
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    if (status === null) server.close()
    const child = spawn(program, args, { env: { PATH: process.env.PATH, ASSAY_PORT: String(port) } })
    const [code] = await once(child, 'exit')
    expect(asked).toEqual(status === null ? [] : ['/ready'])
    return code
  }

  test.each([
    [200, 0],
    [503, 1],
    [null, 1],
  ])('of a server that answers %s ends with %i', async (status, code) => {
    expect(await check(status)).toBe(code)
  })
})
