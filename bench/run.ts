import { aggregator } from './aggregator.js'
import { atSize } from './at-size.js'
import { controller } from './controller.js'
import { freshness } from './freshness.js'
import { gate } from './gate.js'
import { ingestBatch, ingestSingle, wholeBatch, wholeSingle } from './ingest.js'
import { aggregatorKafka, ingestKafka, kafkaAppend } from './kafka.js'
import { kafkaKills } from './kafka-kills.js'
import { kafkaMemory } from './kafka-memory.js'
import type { Figure } from './measure.js'
import { memory } from './memory.js'
import { moments } from './moments.js'
import { network } from './network.js'
import { proxy } from './proxy.js'
import { replay } from './replay.js'
import { results } from './results.js'
import { codeExperiments } from './science.js'
import { sdk } from './sdk.js'
import { series } from './series.js'
import { canary, statistics } from './statistics.js'

/** `npm run bench [-- NAME…] [--json]` */
const benches: Record<string, () => Promise<Figure | Figure[]>> = {
  'ingest-single': ingestSingle,
  'ingest-batch': ingestBatch,
  'whole-single': wholeSingle,
  'whole-batch': wholeBatch,
  aggregator,
  network,
  proxy,
  replay,
  'kafka-append': kafkaAppend,
  'kafka-ingest': ingestKafka,
  'kafka-aggregator': aggregatorKafka,
  'kafka-kills': kafkaKills,
  'kafka-memory': kafkaMemory,
  freshness,
  moments,
  results,
  'at-size': atSize,
  series,
  sdk,
  science: codeExperiments,
  statistics,
  canary,
  gate,
  controller,
  memory,
}

const args = process.argv.slice(2)
const json = args.includes('--json')
const names = args.filter((a) => a !== '--json')
const unknown = names.filter((n) => !(n in benches))
if (unknown.length > 0) {
  console.error(`Expected names among ${Object.keys(benches).join(', ')}; got ${unknown.join(', ')}.`)
  process.exit(2)
}

const figures: Figure[] = []
for (const name of names.length > 0 ? names : Object.keys(benches)) {
  if (!json) console.error(`… ${name}`)
  for (const figure of [await benches[name]!()].flat()) {
    figures.push(figure)
    if (!json) console.log(line(figure))
  }
}
if (json) console.log(JSON.stringify(figures))
process.exit(0)

function line({ name, value, unit, against, limit, ratio, goal, holds }: Figure): string {
  const round = (x: number) => (x >= 100 ? Math.round(x).toLocaleString('en-US') : x.toPrecision(3))
  return `${holds ? 'holds' : 'FAILS'}  ${name}: ${round(value)} ${unit}, against ${against} ${round(limit)}, ratio ${ratio.toFixed(2)} (goal: ${goal})`
}
