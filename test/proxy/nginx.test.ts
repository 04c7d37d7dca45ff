import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { placed } from './example.js'
import { startProgram } from './program.js'
import { tellStory } from './story.js'
import { openWorld, room, type World } from './world.js'

/** What surrounds an example: two workers, and a folder of its own. */
const main = (example: string) => `
load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
${process.getuid!() === 0 ? 'user root root;' : ''}
worker_processes 2;
daemon off;
pid nginx.pid;
error_log stderr crit;
events { worker_connections 512; }
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${of};`).join(' ')}
  include ${example};
}
`

function startNginx(world: World, example: string) {
  const folder = room(world, 'nginx')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'nginx.conf'), main(placed(folder, [`nginx/${example}`], world.places)))
  const args = ['-e', 'stderr', '-p', folder, '-c', 'nginx.conf']
  return startProgram('/usr/sbin/nginx', args, { cwd: folder, port: Number(world.places.web) })
}

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.close())

describe('auth_request', () =>
  tellStory({
    world: () => world,
    start: (world) => startNginx(world, 'auth-request.conf'),
    cookieOf: (i) => `assay=1.shopper-${i}`,
  }))

describe('Lua', () =>
  tellStory({
    world: () => world,
    start: (world) => startNginx(world, 'lua.conf'),
    // Even, and in no order.
    cookieOf: (i) => `assay_number=${((i + 1) * 0.618034) % 1}`,
  }))
