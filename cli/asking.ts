import { type Command, Option } from 'commander'
import type { ServerOptions } from './discover.js'
import { print, printJson } from './style.js'

export type AskingOptions = ServerOptions & { json: boolean; why?: string }

/** A command that asks a running server. */
export function asking(parent: Command, name: string): Command {
  return parent
    .command(name)
    .option('--url <url>', 'server to ask (default: ASSAY_URL, else the local one)')
    .option('--key <key>', 'key to ask with (default: ASSAY_KEY, else the local one)')
    .addOption(new Option('--data <dir>', 'local data directory').env('ASSAY_DATA').default('./.assay'))
    .option('--json', 'for machines', false)
}

export const WHY = ['--why <text>', 'why, for the history'] as const

/** What an answer leaves on the screen, or the answer itself for machines. */
export const tell = <T extends object>({ json }: AskingOptions, answer: T, screen: (answer: T) => string) =>
  json ? printJson(answer) : print(screen(answer))

/** The end of a command's help. */
export const examples = (...lines: string[]) =>
  `\nExample${lines.length > 1 ? 's' : ''}:\n${lines.map((l) => `  $ ${l}`).join('\n')}`
