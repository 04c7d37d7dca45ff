import { type Command, Option } from 'commander'
import { collect } from '../arguments.js'
import { discover, type ServerOptions } from '../discover.js'
import { formats } from './format.js'
import type { ImportOptions } from './options.js'
import { importScreen } from './screen.js'

const help = `
Files: .csv and .tsv with a header, .ndjson and .jsonl (an object on each line),
each also as .gz, and .parquet. Whatever cannot be read twice, such as stdin
(-), is copied first and needs --format. In JSON and Parquet a.b is b in a.

Users (one row each) need --test, --user and --branch. Kinds of metrics:
  COL:sum          numbers, added up for each user; empty and 0 count as nothing
  COL:conversion   true or false, yes or no, 1 or 0
  COL              sum where every cell is a number, else conversion

Events (--events, one row each) are found by columns of the event's own names:
user, event, value, time, id, testId and branch, tests and props (JSON).
Options name others. Lines of NDJSON without such options are events as
POST /v1/events takes them. Rows whose id came before in the file are left out.

The whole file is checked before anything is sent. Run it again after any
failure: it goes on where it stopped. A file that was changed, or is mapped
otherwise, is another import, whose values count as well.

Examples:
  $ assay import players.csv --app game --test gate \\
      --user userid --branch version \\
      --metric rounds:sum --metric retention_7:conversion
  $ assay import events.ndjson.gz --events --app shop
  $ assay import orders.parquet --events --app shop \\
      --user customer_id --event kind --value amount --time ordered_at \\
      --test checkout --branch variant --prop country
  $ zstdcat events.zst | assay import - --format ndjson --events`

/** `assay import`. */
export function importCommand(command: Command, print: (text: string) => void): Command {
  return command
    .argument('<file>', 'CSV, NDJSON or Parquet; - is stdin')
    .description('count a file of users or of events; the same file twice counts once')
    .option('--events', 'a row is an event, not a user', false)
    .option('--app <app>', 'app; NDJSON of events may have it in each line')
    .option('--test <test>', 'test id')
    .option('--user <column>', 'column of the user')
    .option('--branch <column>', 'column of the branch')
    .option('--metric <column[:kind]>', 'column of a metric, see below; may be repeated', collect)
    .option('--time <column>', 'column of the time, ISO 8601 (UTC unless it says) or Unix ms (default: now)')
    .option('--event <column>', 'column of the event’s name')
    .option('--value <column>', 'column of the value; empty counts as 1')
    .option('--id <column>', 'column of the event’s id')
    .option('--prop <column>', 'column that becomes a prop; may be repeated', collect)
    .addOption(new Option('--format <format>', 'what the file is (default: by its name)').choices(formats))
    .addHelpText('after', help)
    .action(async (file: string, { json, ...options }: ServerOptions & ImportOptions & { json: boolean }) => {
      const { importFile } = await import('./import.js')
      const [writer, reader] = [discover(options, 'write'), discover(options, 'read')]
      const summary = await importFile(writer, reader, file, { ...options, quiet: json })
      print(json ? JSON.stringify(summary) : importScreen(summary))
    })
}
