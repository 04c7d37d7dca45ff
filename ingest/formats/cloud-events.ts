import { createHash } from 'node:crypto'
import { limits } from '@assay/core/event'
import { z } from 'zod'
import { type Origins, type Refusal, refuse } from '../validate.js'
import { countGiven, fields, given, instant, missing } from './fields.js'
import type { Translated } from './translate.js'

const attribute = z.string().nullish()

/** The attributes of a CloudEvent that are read here. Others, extensions among them, are passed over. */
export const cloudEvent = z.object({
  specversion: z.literal('1.0'),
  id: z.string().min(1),
  source: z.string().regex(/^\S+$/, 'expected a URI reference'),
  type: z.string(),
  time: instant.nullish(),
  subject: attribute,
  app: attribute,
  data: fields.nullish(),
  data_base64: z.null('expected JSON in data, not bytes').optional(),
})

/** A CloudEvent as an event of ours, by the table of docs/formats.md. `app` is what `?app=` says. */
export function translateCloudEvent(raw: unknown, app: string | undefined): Translated | Refusal {
  const parsed = cloudEvent.safeParse(raw)
  if (!parsed.success) return refuse(parsed.error, raw)
  const { id, source, type, time, subject, data } = parsed.data
  const { app: ownApp, user: ownUser, value, tests, testId, branch, props, ...others } = given(data ?? {})
  const place = first([app, ['?app']], [parsed.data.app, ['app']], [ownApp, ['data', 'app']])
  if (place === undefined) return missing('"app"', 'the app as this extension, in data.app, or as ?app=')
  const user = first([ownUser, ['data', 'user']], [subject, ['subject']])
  if (user === undefined) return missing('"subject"', 'the user, or one in data.user')
  const said = given({ time, value, tests, testId, branch, props })
  return {
    event: { id: idOf(source, id), app: place[0], user: user[0], event: type, ...said },
    origins: { ...ORIGINS, app: place[1], user: user[1] },
    sentAt: undefined,
    dropped: countGiven(others),
  }
}

const ORIGINS: Origins = {
  event: ['type'],
  value: ['data', 'value'],
  tests: ['data', 'tests'],
  testId: ['data', 'testId'],
  branch: ['data', 'branch'],
  props: ['data', 'props'],
}

/** Ids are unique within their source, which holds no space. What is too long together is told by its digest. */
function idOf(source: string, id: string): string {
  const whole = `${source} ${id}`
  return whole.length <= limits.nameLength ? whole : createHash('sha256').update(whole).digest('base64url')
}

type Placed = [value: unknown, origin: string[]]

const first = (...places: Placed[]): Placed | undefined => places.find(([value]) => value != null && value !== '')
