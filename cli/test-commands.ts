import type { Command } from 'commander'
import { asking, examples, type AskingOptions as Options, tell, WHY } from './asking.js'
import { discover } from './discover.js'
import { print, printJson } from './style.js'
import { type DefinitionOptions, definitionOf, metric, names, share, weighted, weights } from './test-definition.js'
import { changeWeights, historyOf, listTests, newTest, type Step, showTest, takeStep } from './test-requests.js'
import { changedScreen, historyScreen, listScreen, showScreen, weightsScreen } from './test-screen.js'
import { typesCommand } from './test-types.js'

/** `assay test …`: tests are defined, looked at and steered. */
export function testCommands(program: Command): void {
  const test = program
    .command('test')
    .description('define tests, look at them and steer them')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText(
      'after',
      examples(
        'assay test new shop checkout --branches master,one-page --start',
        'assay test weights shop checkout master=50 one-page=50',
        'assay test stop shop checkout --ship one-page',
      ),
    )
  makes(test)
  reads(test)
  changesWeights(test)
  steps(test)
  typesCommand(test)
}

/** A command about one test. */
const about = (parent: Command, name: string) => asking(parent, name).argument('<app>').argument('<test>')

function makes(parent: Command): void {
  about(parent, 'new')
    .description('define a new test, as a draft unless it is started')
    .option('--branches <names>', 'its branches, as master,one-page', names)
    .option('--weights <numbers>', 'their weights, as 9,1 (default: equal)', weights)
    .option('--control <branch>', 'branch to compare with (default: master, else the first)')
    .option('--coverage <share>', 'share of users who are in the test, 0 to 1', share)
    .option('--hypothesis <text>', 'what is expected, and why')
    .option('--owner <name>', 'who answers for it')
    .option('--metric <name:kind:event>', 'a metric, see below; may be repeated', metric)
    .option('--file <definition.json>', 'the whole definition; options win over it')
    .option('--start', 'let it run at once', false)
    .option(...WHY)
    .addHelpText(
      'after',
      `
Kinds of metrics:
  NAME:conversion:EVENT   share of users with the event
  NAME:count:EVENT        how often a user does it
  NAME:sum:EVENT          sum of the event’s values for each user
  NAME:mean:EVENT         mean of the event’s values
  NAME                    a metric of the app

A file has all fields and kinds (docs/metrics.md), as windows, guardrails,
targeting and what decides.
${examples(
  'assay test new shop checkout --branches master,one-page --start',
  'assay test new shop checkout --branches master,one-page --weights 9,1 \\\n      --metric buyers:conversion:purchase --owner ann',
  'assay test new shop checkout --file checkout.json --why "as agreed"',
)}`,
    )
    .action(async (app: string, test: string, options: Options & DefinitionOptions & { start: boolean }) => {
      const body = { ...definitionOf(options), ...(options.why !== undefined && { why: options.why }) }
      tell(options, await newTest(discover(options, 'admin'), { app, test }, body, options.start), changedScreen)
    })
}

function reads(parent: Command): void {
  asking(parent, 'list')
    .argument('<app>')
    .description('the tests of an app')
    .addHelpText('after', examples('assay test list shop'))
    .action(async (app: string, options: Options) =>
      tell(options, await listTests(discover(options, 'read'), app), listScreen),
    )
  about(parent, 'show')
    .description('what is defined of a test, its stage and version')
    .addHelpText('after', examples('assay test show shop checkout', 'assay test show shop checkout --json'))
    .action(async (app: string, test: string, options: Options) =>
      tell(options, await showTest(discover(options, 'read'), { app, test }), showScreen),
    )
  about(parent, 'history')
    .description('who changed a test, when and why')
    .addHelpText('after', examples('assay test history shop checkout'))
    .action(async (app: string, test: string, options: Options) =>
      tell(options, await historyOf(discover(options, 'read'), { app, test }), historyScreen),
    )
}

function changesWeights(parent: Command): void {
  about(parent, 'weights')
    .argument('<branch=weight...>', 'weights on any scale; other branches keep theirs', weighted)
    .description('change how users are split')
    .option(...WHY)
    .addHelpText('after', examples('assay test weights shop checkout master=80 one-page=20 --why "no errors"'))
    .action(async (app: string, test: string, weights: Map<string, number>, options: Options) => {
      const retried = () => {
        if (!options.json)
          process.stderr.write(`${test} was changed meanwhile; reading it again and trying once more.\n`)
      }
      const done = await changeWeights(discover(options, 'admin'), { app, test }, weights, options.why, retried)
      if (options.json) printJson(done.changed)
      else print(weightsScreen(done))
    })
}

function steps(parent: Command): void {
  const step = (name: Step, description: string, example: string) =>
    about(parent, name)
      .description(description)
      .option(...WHY)
      .addHelpText('after', examples(example))
      .action(async (app: string, test: string, options: Options & { ship?: string }) => {
        const { why, ship } = options
        tell(options, await takeStep(discover(options, 'admin'), { app, test }, name, { why, ship }), changedScreen)
      })
  step('start', 'let a draft, or what was stopped, run', 'assay test start shop checkout')
  step('stop', 'end a test', 'assay test stop shop checkout --ship one-page --why "sells more"').option(
    '--ship <branch>',
    'the branch that everybody gets from now on',
  )
  step('archive', 'put a test away for good', 'assay test archive shop checkout')
  step('current', 'make a test the app’s current one', 'assay test current shop checkout')
}
