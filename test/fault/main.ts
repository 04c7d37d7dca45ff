import { parseArgs } from 'node:util'
import { faults } from './faults.js'
import { line } from './line.js'
import { runFaults } from './run-faults.js'

/** `npm run faults -- --seed S --runs N [--long MS] [--only NAME]…`: exit code 1 if anything was counted wrong. */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    runs: { type: 'string', default: '20' },
    long: { type: 'string', default: '4000' },
    only: { type: 'string', multiple: true },
  },
})
const strange = (values.only ?? []).filter((name) => !(name in faults))
if (strange.length > 0) throw new Error(`Expected --only to be of ${Object.keys(faults).join(', ')}; got ${strange}.`)
console.log(`${values.runs} faults, seed ${values.seed}`)
const runs = await runFaults({
  seed: Number(values.seed),
  runs: Number(values.runs),
  long: Number(values.long),
  ...(values.only === undefined ? {} : { among: values.only }),
  onRun: (run) => console.log(line(run)),
})
const wrong = runs.filter((run) => run.wrong.length > 0)
const skipped = runs.filter((run) => run.skipped !== undefined)
console.log(`${wrong.length} of ${runs.length} went wrong, ${skipped.length} were skipped`)
process.exit(wrong.length > 0 ? 1 : 0)
