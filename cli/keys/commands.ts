import { definedName } from '@assay/core/control/record'
import { type KeyKind, keyKinds } from '@assay/core/keys'
import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import { examples } from '../asking.js'
import { keysFileOf, readKeys } from '../data-directory.js'
import { print, printJson } from '../style.js'
import { addKeys, kindsOf, removeKeys } from './change.js'
import { realFile } from './file.js'
import { keysAdded, keysList, keysRemoved, sorted } from './screen.js'

interface Options {
  data: string
  json: boolean
}

/** `assay keys …`: keys that are for one app alone, in the file the servers read. */
export function keysCommands(program: Command): void {
  const keys = program
    .command('keys')
    .description('keys that are for one app alone')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText(
      'after',
      `
The file is that of ASSAY_KEYS, else keys.json in the data directory. Servers
look at it every two seconds; docs/configuration.md has where they cannot.
${examples('assay keys add web', 'assay keys add web read', 'assay keys list', 'assay keys remove web')}`,
    )
  lists(keys)
  adds(keys)
  removes(keys)
}

/** A command about the file of keys. */
function about(parent: Command, name: string): Command {
  return parent
    .command(name)
    .addOption(new Option('--data <dir>', 'data directory').env('ASSAY_DATA').default('./.assay'))
    .option('--json', 'for machines', false)
}

/** A command about the keys of one app. */
const ofApp = (parent: Command, name: string) =>
  about(parent, name)
    .argument('<app>', 'the app', appName)
    .addArgument(new Argument('[kinds...]', 'of which kinds (default: all three)').choices(keyKinds))

const fileOf = ({ data }: Options) => keysFileOf(data, process.env.ASSAY_KEYS)
const chosen = (kinds: readonly KeyKind[]) => keyKinds.filter((kind) => kinds.length === 0 || kinds.includes(kind))

function appName(text: string): string {
  const { success, error } = definedName.safeParse(text)
  if (success) return text
  throw new InvalidArgumentError(`expected an app: ${error.issues[0]?.message}.`)
}

function lists(parent: Command): void {
  about(parent, 'list')
    .description('which keys there are; never the keys themselves')
    .addHelpText('after', examples('assay keys list', 'assay keys list --data /var/lib/assay --json'))
    .action((options: Options) => {
      const keys = readKeys(realFile(fileOf(options)))
      const { apps = {}, ...all } = keys
      if (!options.json) return print(keysList(keys))
      printJson({
        all: kindsOf(all),
        apps: Object.fromEntries(sorted(apps).map(([app, own]) => [app, kindsOf(own)])),
      })
    })
}

function adds(parent: Command): void {
  ofApp(parent, 'add')
    .description('make keys for an app, and show them this once')
    .addHelpText('after', examples('assay keys add web', 'assay keys add web write read'))
    .action((app: string, kinds: KeyKind[], options: Options) => {
      const file = fileOf(options)
      const made = addKeys(file, app, chosen(kinds))
      if (options.json) printJson({ app, keys: made })
      else print(keysAdded(app, made, file))
    })
}

function removes(parent: Command): void {
  ofApp(parent, 'remove')
    .description('take keys of an app away')
    .addHelpText('after', examples('assay keys remove web', 'assay keys remove web write'))
    .action((app: string, kinds: KeyKind[], options: Options) => {
      const file = fileOf(options)
      const removed = removeKeys(file, app, chosen(kinds))
      if (options.json) printJson({ app, removed })
      else print(keysRemoved(app, removed, file))
    })
}
