import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Something that only some tests need, and which of them, by what they import or run. */
interface Need {
  what: string
  has: () => boolean
  uses: RegExp
}

const runs = (...[program, arg]: [string, string]) => spawnSync(program, [arg]).status === 0
const java = () => runs('java', '-version') && runs('mvn', '--version')

const needs: readonly Need[] = [
  {
    what: 'Java 17 and Maven (Debian: openjdk-17-jre-headless, maven)',
    has: java,
    uses: /(@assay\/infra\/kafka\/broker|\/(installation|run-faults)\.js)'/,
  },
  {
    what: 'Java 17 and Maven, Docker, or KAFKA_BROKERS',
    has: () => process.env.KAFKA_BROKERS !== undefined || existsSync('/var/run/docker.sock') || java(),
    uses: /from '\.\.\/support\/kafka\.js'/,
  },
  {
    what: 'systemd-analyze (Debian: systemd)',
    has: () => runs('systemd-analyze', '--version'),
    uses: /'systemd-analyze'/,
  },
  {
    what: 'nginx with Lua (Debian: nginx, libnginx-mod-http-lua)',
    has: () => existsSync('/usr/sbin/nginx') && existsSync('/usr/lib/nginx/modules/ngx_http_lua_module.so'),
    uses: /'\/usr\/sbin\/nginx'/,
  },
  {
    what: 'HAProxy (Debian: haproxy)',
    has: () => existsSync('/usr/sbin/haproxy'),
    uses: /'\/usr\/sbin\/haproxy'/,
  },
  {
    what: 'Python 3 (Debian: python3)',
    has: () => runs('python3', '--version'),
    uses: /'python3'/,
  },
  {
    what: 'Chromium (Debian: chromium)',
    has: () => existsSync('/usr/bin/chromium'),
    uses: /from '(\.\.\/support\/chromium|\.\/shop)\.js'/,
  },
]

/**
 * Test files that this machine lacks something for, each said on the screen; none in CI, where they shall fail instead.
 * Everything else needs Node alone.
 */
export function leftOut(folder: string): string[] {
  if (process.env.CI !== undefined) return []
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules'))
    .map((name) => ({ path: join(folder, name), text: readFileSync(join(folder, name), 'utf8') }))
  return needs.flatMap(({ what, has, uses }) => {
    const found = files.filter(({ text }) => uses.test(text)).map(({ path }) => path)
    if (found.length === 0 || has()) return []
    console.warn(`Left out, for want of ${what}:\n  ${found.join('\n  ')}`)
    return found
  })
}
