import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Rights } from '@assay/core/store/access'

/**
 * Writes a configuration in which the engine's one user has these rights and no others: embedded, it can neither make
 * users nor change into one, but it holds its own to what is granted.
 */
export function grantOnly(folder: string, { grants, settings }: Omit<Rights, 'user'>): string {
  const profile = Object.entries(settings).map(([name, value]) => `<${name}>${value}</${name}>`)
  const granted = grants.map((grant) => `<query>GRANT ${grant}</query>`)
  return write(
    folder,
    (file) => `
    <users_config>${file}</users_config>
    <profiles><default>${profile.join('')}</default></profiles>
    <quotas><default/></quotas>
    <users><default>
      <password/>
      <networks><ip>::/0</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <grants>${granted.join('')}</grants>
    </default></users>`,
  )
}

/** Writes a configuration in which this engine is the only server of two clusters: the shard of `one`, both of `twice`. */
export function clustersOfOne(folder: string): string {
  const shard = '<shard><replica><host>127.0.0.1</host><port>9000</port></replica></shard>'
  return write(
    folder,
    () => `
    <tcp_port>9000</tcp_port>
    <remote_servers><one>${shard}</one><twice>${shard}${shard}</twice></remote_servers>
    <macros><cluster>one</cluster><shard>1</shard><replica>1</replica></macros>
    <zookeeper><implementation>testkeeper</implementation></zookeeper>`,
  )
}

function write(folder: string, content: (file: string) => string): string {
  const file = join(folder, 'config.xml')
  writeFileSync(file, `<clickhouse>${content(file)}</clickhouse>`)
  return file
}
