import fc from 'fast-check'

/** Events about the border between valid and invalid, as JSON would give them. */
const odd = fc.constantFrom(
  ...['', '$exposure', '$own', '__proto__', 'constructor', 'a@1', 'a@x', 'a@1@2', '@', '"', '\\', '\u0000', '\u007f'],
  ...['\ud800', '🛒', 'ключ', '\u2028', '{"', 'toString', 'a'.repeat(128), 'a'.repeat(129), 'ü'.repeat(1024)],
)
const short = fc.string({ minLength: 1, maxLength: 8 })
const edges = fc.constantFrom(0, -0, 1e100, 1.1e100, 1e21, 8.64e15, 8.65e15, 5e-324)
const number = fc.oneof(fc.double(), fc.integer(), edges)
const junk = fc.oneof(odd, number, fc.constantFrom(null, true, [], {}), fc.jsonValue({ maxDepth: 2 }))

const mostly = (usual: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: junk })
const name = fc.oneof({ weight: 6, arbitrary: short }, { weight: 1, arbitrary: odd })

/** Written and parsed, so that `__proto__` becomes a key like any other. */
const record = (value: fc.Arbitrary<unknown>) =>
  fc.array(fc.tuple(name, value), { maxLength: 4 }).map((pairs) => {
    const members = pairs.map(([key, v]) => `${JSON.stringify(key)}:${JSON.stringify(v) ?? null}`)
    return JSON.parse(`{${members.join(',')}}`) as unknown
  })

const required = { app: mostly(name), user: mostly(name), event: mostly(name) }
const optional = {
  id: mostly(name),
  value: mostly(number),
  time: mostly(fc.nat()),
  tests: mostly(record(mostly(name))),
  props: mostly(record(mostly(fc.oneof(name, number, fc.boolean())))),
}
const pair = { testId: mostly(name), branch: mostly(name) }
const plain = fc.record({ ...required, ...optional }, { requiredKeys: ['app', 'user', 'event'] })
const paired = fc.record({ ...required, ...pair, tests: mostly(record(short)) })

export const wireEvents: fc.Arbitrary<unknown> = mostly(fc.oneof({ weight: 3, arbitrary: plain }, paired))
