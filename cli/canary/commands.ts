import type { RolloutAction } from '@assay/core/control/record'
import type { Canary } from '@assay/query-api/canary/reply'
import type { RolloutChanged } from '@assay/query-api/schemas'
import { type Command, Option } from 'commander'
import { span } from '../arguments.js'
import { asking, examples, type AskingOptions as Options, tell, WHY } from '../asking.js'
import { discover } from '../discover.js'
import { exit } from '../failure.js'
import { paint, plain, print, printJson } from '../style.js'
import { showTest, words } from '../test-requests.js'
import { readCanary, takeRolloutStep } from './requests.js'
import { statusScreen } from './status-screen.js'
import { goals, type Waiting, waitFor } from './wait.js'
import { changeWords, standWords } from './words.js'

/** `assay canary …`: rollouts are begun, watched and steered. */
export function canaryCommands(program: Command): void {
  const canary = program
    .command('canary')
    .description('roll a canary out, watch it and steer it')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText(
      'after',
      examples(
        'assay canary start shop checkout --release 1.4.2',
        'assay canary status shop',
        'assay canary wait shop checkout --timeout 2h',
        'assay canary rollback shop checkout --why "the basket is empty"',
      ),
    )
  shows(canary)
  waits(canary)
  steps(canary)
}

/** A command about one canary, or the one that people mean. */
const about = (parent: Command, name: string) =>
  asking(parent, name)
    .argument('<app>')
    .argument('[test]', 'else the app’s current test if it has a rollout, else the last that moved')

function shows(parent: Command): void {
  about(parent, 'status')
    .description('how a canary is, and why')
    .addHelpText('after', examples('assay canary status shop', 'assay canary status shop checkout --json'))
    .action(async (app: string, test: string | undefined, options: Options) => {
      const server = discover(options, 'read')
      const canary = await readCanary(server, app, { test })
      if (options.json) return printJson(canary)
      const { testId, stage } = canary
      const defined = testId === null || stage === null ? null : await showTest(server, { app, test: testId })
      print(statusScreen(canary, defined, Date.now()))
    })
}

function waits(parent: Command): void {
  about(parent, 'wait')
    .description('wait until a canary is through')
    .addOption(new Option('--until <what>', 'done: everybody has it').choices(goals).default('done'))
    .addOption(new Option('--timeout <time>', 'as 90s, 30m or 2h').argParser(span).default(1_800_000, '30m'))
    .addHelpText(
      'after',
      `
Each change is a line; with --json, a line of JSON.

Exit codes: ${exit.ok} done or healthy, ${exit.failed} failed, ${exit.usage} wrong usage, ${exit.unreachable} no server,
${exit.rolledBack} rolled back or ended, ${exit.undecided} undecided when the time was over.
${examples('assay canary wait shop checkout', 'assay canary wait shop --until healthy --timeout 10m --json')}`,
    )
    .action(async (app: string, test: string | undefined, options: Options & Pick<Waiting, 'until' | 'timeout'>) => {
      const { until, timeout, json } = options
      const tell = (canary: Canary) => (json ? printJson(canary) : print(changeLine(canary)))
      const warn = (message: string) => void process.stderr.write(`${message} Asking again.\n`)
      process.exitCode = await waitFor(discover(options, 'read'), { app, test, until, timeout, tell, warn })
    })
}

const changeLine = (canary: Canary) =>
  `${paint('dim', new Date().toISOString().slice(11, 19))}  ${plain(changeWords(canary))}`

function steps(parent: Command): void {
  const step = (name: string, action: RolloutAction, description: string, example: string) =>
    asking(parent, name)
      .argument('<app>')
      .argument('<test>')
      .description(description)
      .option(...WHY)
      .addHelpText('after', examples(example))
      .action(async (app: string, test: string, options: Options & { release?: string }) => {
        const { why, release } = options
        const done = await takeRolloutStep(discover(options, 'admin'), app, test, { action, release, why })
        tell(options, done, changedScreen)
      })
  step(
    'start',
    'begin',
    'begin a rollout by the policy of its definition',
    'assay canary start shop checkout --release 1.4.2',
  ).option('--release <name>', 'what is rolled out: attempts at the same one share the chances of error')
  step('promote', 'promote', 'send a canary to its next step now', 'assay canary promote shop checkout')
  step('pause', 'pause', 'keep a canary where it is', 'assay canary pause shop checkout --why "sale until noon"')
  step('resume', 'resume', 'let what is paused or suspended go on', 'assay canary resume shop checkout')
  step('suspend', 'suspend', 'take everybody from a canary for now', 'assay canary suspend shop checkout')
  step(
    'rollback',
    'rollback',
    'take everybody from a canary for good',
    'assay canary rollback shop checkout --why "the basket is empty"',
  )
}

/** Where a step has led. */
function changedScreen({ app, testId, version, rollout }: RolloutChanged): string {
  const title = paint('bold', `${app} / ${testId}`)
  const command = `assay canary status ${words({ app, test: testId })}`
  return `${paint('green', '✓')} ${title}   ${standWords(rollout)}   version ${version}\n  Next: ${paint('bold', command)}`
}
