import { type Command, Option } from 'commander'

/** A command that asks a running server. */
export function asking(parent: Command, name: string): Command {
  return parent
    .command(name)
    .option('--url <url>', 'server to ask (default: ASSAY_URL, else the local one)')
    .option('--key <key>', 'key to ask with (default: ASSAY_KEY, else the local one)')
    .addOption(new Option('--data <dir>', 'local data directory').env('ASSAY_DATA').default('./.assay'))
    .option('--json', 'for machines', false)
}
