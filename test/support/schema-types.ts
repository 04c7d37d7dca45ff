/** A schema of JSON Schema 2020-12, as far as the document uses it. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  description?: string
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  items?: Schema
  prefixItems?: Schema[]
  anyOf?: Schema[]
  oneOf?: Schema[]
}

interface Operation {
  summary: string
  parameters?: { name: string; in: string; required?: boolean; schema: Schema; description?: string }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { content: Record<string, { schema: Schema }> }>
}

export interface OpenApi {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

/** What an object type has: its members as lines without indentation. */
const block = (members: string[]) =>
  members.length === 0 ? 'Record<string, never>' : `{\n${members.join('\n').replaceAll(/^(?=.)/gm, '  ')}\n}`
const comment = (text: string | undefined) => (text === undefined ? '' : `/** ${text.replaceAll('*/', '')} */\n`)
const key = (name: string) => (/^[\w$]+$/.test(name) ? name : `'${name}'`)
const union = (types: string[]) => [...new Set(types)].join(' | ')
const literal = (value: unknown) => (typeof value === 'string' ? `'${value}'` : String(value))

/** Types that are worth a name of their own: long ones that come more than once. */
const LONG = 250

/** Renders schemas, and gives names to the types that come again. */
class Types {
  /** Their code by name. */
  readonly shared = new Map<string, string>()
  private readonly names = new Map<string, string>()
  private readonly seen = new Map<string, number>()

  constructor(document: unknown) {
    this.count(document)
  }

  private count(part: unknown): void {
    if (typeof part !== 'object' || part === null) return
    const text = JSON.stringify(part)
    if (text.length > LONG) this.seen.set(text, (this.seen.get(text) ?? 0) + 1)
    for (const inner of Object.values(part)) this.count(inner)
  }

  /**
   * The TypeScript type of a schema; `hint` is what it may be called.
   * @throws Error of what it does not know: a wrong type is worse than none
   */
  of(schema: Schema, hint: string): string {
    const text = JSON.stringify(schema)
    const isMany = schema.type === 'object' || schema.oneOf !== undefined
    if (!isMany || (this.seen.get(text) ?? 0) < 2) return this.inline(schema, hint)
    const known = this.names.get(text)
    if (known !== undefined) return known
    const name = this.freeName(schema, hint)
    this.names.set(text, name)
    this.shared.set(name, '')
    this.shared.set(name, this.inline(schema, hint))
    return name
  }

  private freeName({ properties = {} }: Schema, hint: string): string {
    const kind = properties.kind?.enum?.[0]
    const name = kind === undefined ? hint : `${kind}-${hint}`
    const whole = name.replaceAll(/(?:^|\W)(\w)/g, (_, letter: string) => letter.toUpperCase())
    for (let i = 1; ; i++) {
      const free = i === 1 ? whole : `${whole}${i}`
      if (!this.shared.has(free)) return free
    }
  }

  private inline(schema: Schema, hint: string): string {
    const unknown = ['allOf', 'not', 'patternProperties', 'if'].find((word) => word in schema)
    if (unknown !== undefined) throw new Error(`Expected no ${unknown} in the document: teach it to typesOf first.`)
    if (schema.$ref !== undefined) return schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)
    if ('const' in schema) return literal(schema.const)
    if (schema.enum) return union(schema.enum.map(literal))
    const choices = schema.anyOf ?? schema.oneOf
    if (choices) return union(choices.map((choice) => this.of(choice, hint)))
    if (Array.isArray(schema.type)) return union(schema.type.map((type) => this.of({ ...schema, type }, hint)))
    switch (schema.type) {
      case 'object':
        return this.object(schema)
      case 'array':
        return this.array(schema, hint)
      case 'integer':
        return 'number'
      case 'string':
      case 'number':
      case 'boolean':
      case 'null':
        return schema.type
      case undefined:
        return 'unknown'
      default:
        throw new Error(`Expected a type of JSON Schema; ${schema.type} came.`)
    }
  }

  private array({ items = {}, prefixItems }: Schema, hint: string): string {
    if (prefixItems) return `[${prefixItems.map((item) => this.of(item, hint)).join(', ')}]`
    const item = this.of(items, hint.replace(/([^s])s$/, '$1').replace(/che$/, 'ch'))
    return /^\w+$/.test(item) ? `${item}[]` : `Array<${item}>`
  }

  private object({ properties = {}, required = [], additionalProperties: others }: Schema): string {
    const members = Object.entries(properties).map(([name, own]) => {
      const type = this.of(own, name)
      return `${comment(own.description)}${key(name)}${required.includes(name) ? '' : '?'}: ${type}`
    })
    if (typeof others === 'object') {
      // TypeScript wants an index to allow what is named beside it, too.
      const named = Object.entries(properties).map(([name, own]) => this.of(own, name))
      const all = [this.of(others, 'value'), ...named, ...(named.length > 0 ? ['undefined'] : [])]
      members.push(`[name: string]: ${union(all)}`)
    }
    return block(members)
  }

  /** A parameter of an address is what JavaScript has for it: callers pass true, not 'true'. */
  parameter = (schema: Schema) => (String(schema.enum) === 'true,false' ? 'boolean' : this.of(schema, 'parameter'))
}

function operationOf(types: Types, id: string, { summary, parameters = [], requestBody, responses }: Operation) {
  const inside = (where: string) =>
    parameters
      .filter((parameter) => parameter.in === where)
      .map(({ name, required, schema, description }) => {
        const type = required ? `: ${types.parameter(schema)}` : `?: ${types.parameter(schema)} | undefined`
        return `${comment(description ?? schema.description)}${key(name)}${type}`
      })
  const replies = Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .flatMap(([, { content }]) =>
      content['application/json'] ? [types.of(content['application/json'].schema, 'reply')] : [],
    )
  const body = requestBody?.content['application/json']?.schema
  const parts = [
    `params: ${block(inside('path'))}`,
    `query: ${block(inside('query'))}`,
    `body: ${body === undefined ? 'undefined' : types.of(body, 'body')}`,
    `reply: ${union(replies)}`,
  ]
  return `${comment(`${summary}.`)}'${id}': ${block(parts)}`
}

/** A module of types: what each of the operations named, as `GET /v1/apps`, takes and answers. */
export function typesOf({ paths, components }: OpenApi, wanted: (operation: string) => boolean): string {
  const operations = Object.entries(paths)
    .flatMap(([path, own]) =>
      Object.entries(own).map(([method, one]) => [`${method.toUpperCase()} ${path}`, one] as const),
    )
    .filter(([id]) => wanted(id))
  const types = new Types(operations)
  const text = JSON.stringify(operations)
  const used = Object.entries(components.schemas).filter(([name]) => text.includes(`/schemas/${name}"`))
  for (const [name] of used) types.shared.set(name, '')
  for (const [name, schema] of used) types.shared.set(name, types.of(schema, name))
  const members = operations.map(([id, operation]) => operationOf(types, id, operation))
  const shared = [...types.shared].map(([name, code]) => `export type ${name} = ${code}\n`)
  const interfaceOf = `/** By method and path. */\nexport interface Operations ${block(members)}\n`
  return ['// Made of the OpenAPI document by `npm run generate:client`.\n', ...shared, interfaceOf].join('\n')
}
