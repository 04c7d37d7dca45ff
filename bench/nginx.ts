import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

export interface Nginx {
  url: string
  end(): Promise<void>
}

/** nginx in a process and a folder of its own, with one worker that does this on its port. */
export async function nginx(does: (listen: string) => string): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-nginx-'))
  const address = `127.0.0.1:${await freePort()}`
  writeFileSync(join(folder, 'nginx.conf'), config(folder, does(`listen ${address} backlog=1024;`)))
  const child = spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const failed = once(child, 'error').then(([error]) => Promise.reject(error))
  await Promise.race([answers(`http://${address}`, child), failed])
  return {
    url: `http://${address}`,
    async end() {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** An app that costs nothing to speak of: a page of a kilobyte. */
export const page = () => nginx((listen) => `server { ${listen} location / { return 200 "${'x'.repeat(1024)}"; } }`)

/** A proxy in front of it, which keeps its connections. */
export const proxyTo = (upstream: string) =>
  nginx(
    (listen) => `
  upstream app { server ${new URL(upstream).host}; keepalive 64; }
  server {
    ${listen}
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }`,
  )

const config = (folder: string, http: string) => `
daemon off;
worker_processes 1;
pid ${folder}/pid;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  ${http}
}`

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  return port
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    if (await fetch(url).catch(() => null)) return
    await setTimeout(20)
  }
  throw new Error('nginx ended')
}
