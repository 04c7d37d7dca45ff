import { limits, printable } from '@assay/core/event'
import { z } from 'zod'
import { type Origins, Refusal, refuse } from '../validate.js'
import { countGiven, type Fields, fields, fitProps, given, instant, missing } from './fields.js'
import type { Translated } from './translate.js'

const text = z.string().nullish()
const person = z
  .string()
  .max(limits.userLength)
  .refine(printable, 'must not hold control characters or lone surrogates')
  .nullish()

/** The fields of a message of Segment's that are read here, of whatever type it is. */
export const message = z.object({
  type: z.enum(['track', 'identify', 'page', 'screen', 'alias', 'group']),
  messageId: text,
  userId: person,
  anonymousId: person,
  previousId: person,
  timestamp: instant.nullish(),
  originalTimestamp: instant.nullish(),
  sentAt: instant.nullish(),
  receivedAt: instant.nullish(),
  properties: fields.nullish(),
  traits: fields.nullish(),
  context: z
    .object({
      app: z.object({ namespace: text, name: text }).nullish(),
      assay: z.object({ tests: z.unknown().optional() }).nullish(),
    })
    .nullish(),
})
const page = z.object({ name: text, category: text })
const track = z.object({ event: z.string() })

type Message = z.infer<typeof message>

/** What a message says beside its app, its time and its id. */
type Said = Omit<Translated, 'sentAt'>

/** What the request says of all its messages. */
export interface Around {
  /** Of `?app=`. */
  app: string | undefined
  /** Unix milliseconds. */
  sentAt: number | undefined
}

/** A message of Segment's as an event, by the table of docs/formats.md; null if there is nothing in it to count. */
export function translateSegment(raw: unknown, around: Around): Translated | Refusal | null {
  const parsed = message.safeParse(raw)
  if (!parsed.success) return refuse(parsed.error, raw)
  const said = sayings[parsed.data.type](parsed.data, raw)
  if (said === null || said instanceof Refusal) return said
  const place = appOf(parsed.data, around.app)
  if (place === undefined) return missing('"context"."app"', 'the app as its namespace or name, or as ?app=')
  const { timestamp, originalTimestamp, messageId: id } = parsed.data
  return {
    event: given({ id, app: place.app, time: timestamp ?? originalTimestamp, ...said.event }),
    origins: {
      id: ['messageId'],
      app: place.origin,
      time: [timestamp == null ? 'originalTimestamp' : 'timestamp'],
      ...said.origins,
    },
    sentAt: clockOf(parsed.data, around.sentAt),
    dropped: said.dropped,
  }
}

const sayings: Record<Message['type'], (message: Message, raw: unknown) => Said | Refusal | null> = {
  track: tracked,
  page: viewed,
  screen: viewed,
  identify: ({ anonymousId, userId, traits }) =>
    anonymousId && userId ? linked(anonymousId, userId, 'anonymousId', countGiven(traits ?? {})) : null,
  alias: ({ previousId, userId }) => {
    if (!previousId) return missing('"previousId"', 'the id that is left')
    return userId ? linked(previousId, userId, 'previousId', 0) : missing('"userId"', 'the id that is taken')
  },
  group: () => null,
}

function tracked(message: Message, raw: unknown): Said | Refusal {
  const parsed = track.safeParse(raw)
  if (!parsed.success) return refuse(parsed.error, raw)
  const { event } = parsed.data
  const properties = message.properties ?? {}
  return event === 'Experiment Viewed' ? exposed(message, properties) : done(message, event, properties)
}

function viewed(message: Message, raw: unknown): Said | Refusal {
  const parsed = page.safeParse(raw)
  if (!parsed.success) return refuse(parsed.error, raw)
  const { name, category } = parsed.data
  const titles = { ...(name && { name }), ...(category && { category }) }
  return done(message, message.type, { ...titles, ...message.properties })
}

function done(message: Message, event: string, properties: Fields): Said | Refusal {
  const who = personOf(message)
  if (who === undefined) return missing('"userId"', 'the user, or an anonymousId')
  const valued = firstOf(properties, ['value', 'revenue'])
  const { props, dropped } = fitProps(without(properties, [valued?.name]))
  return {
    event: { ...who.event, event, value: valued?.value, tests: message.context?.assay?.tests, props },
    origins: { ...who.origins, value: ['properties', valued?.name ?? 'value'], tests: ['context', 'assay', 'tests'] },
    dropped,
  }
}

/** Segment's own names come first; libraries of others write them in camel case. */
const EXPERIMENT = ['experiment_id', 'experimentId', 'experiment_name']
const VARIATION = ['variation_id', 'variationId', 'variation_name']

/** Of one test alone, whatever else the user is in. */
function exposed(message: Message, properties: Fields): Said | Refusal {
  const who = personOf(message)
  if (who === undefined) return missing('"userId"', 'the user, or an anonymousId')
  const test = firstOf(properties, EXPERIMENT)
  if (test === undefined) return missing('"properties"."experiment_id"', 'the test')
  const branch = firstOf(properties, VARIATION)
  if (branch === undefined) return missing('"properties"."variation_id"', 'the branch')
  const { props, dropped } = fitProps(without(properties, [test.name, branch.name]))
  return {
    event: { ...who.event, event: '$exposure', testId: asName(test.value), branch: asName(branch.value), props },
    origins: { ...who.origins, testId: ['properties', test.name], branch: ['properties', branch.name] },
    dropped,
  }
}

/** Says as the SDK does who a user turned out to be. */
function linked(user: string, known: string, origin: string, dropped: number): Said | null {
  if (user === known) return null
  return { event: { user, event: '$identify', props: { user: known } }, origins: { user: [origin] }, dropped }
}

function personOf({ userId, anonymousId }: Message): { event: { user: string }; origins: Origins } | undefined {
  const user = userId || anonymousId
  if (!user) return undefined
  return { event: { user }, origins: { user: [userId ? 'userId' : 'anonymousId'] } }
}

function appOf({ context }: Message, asked: string | undefined): { app: string; origin: string[] } | undefined {
  const { namespace, name } = context?.app ?? {}
  if (asked !== undefined) return { app: asked, origin: ['?app'] }
  if (namespace) return { app: namespace, origin: ['context', 'app', 'namespace'] }
  return name ? { app: name, origin: ['context', 'app', 'name'] } : undefined
}

/** Nothing where somebody received the message before us, and has put its timestamp right. */
function clockOf({ timestamp, sentAt, receivedAt }: Message, batchSentAt: number | undefined): number | undefined {
  return receivedAt != null && timestamp != null ? undefined : (sentAt ?? batchSentAt)
}

/** The first of these fields that says something. */
function firstOf(said: Fields, names: readonly string[]): { name: string; value: unknown } | undefined {
  const name = names.find((n) => Object.hasOwn(said, n) && said[n] !== null)
  return name === undefined ? undefined : { name, value: said[name] }
}

const without = (said: Fields, names: readonly (string | undefined)[]): Fields =>
  Object.fromEntries(Object.entries(said).filter(([name]) => !names.includes(name)))

/** Variations are often counted from zero. */
const asName = (value: unknown) => (typeof value === 'number' ? String(value) : value)
