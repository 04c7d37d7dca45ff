import { schema } from './ddl.js'
import type { Dialect } from './dialect.js'

/** A step of the schema. Each statement does no harm where it was done before, by this process or another one. */
export interface Migration {
  version: number
  name: string
  statements: (dialect: Dialect) => string[]
}

/** In order. One that was released never changes: a test holds its checksum. */
export const migrations: readonly Migration[] = [{ version: 1, name: 'tables', statements: schema }]
