import { type Command, Option } from 'commander'
import { type AskingOptions, asking, examples, tell, WHY } from './asking.js'
import { discover } from './discover.js'
import { amount, type MetricOptions, oneEventKinds, part, windowDays } from './metric-definition.js'
import { listMetrics, metricHistoryOf, setMetric, showMetric } from './metric-requests.js'
import { metricHistory, metricList, metricSet, metricShown } from './metric-screen.js'
import { print, printJson } from './style.js'

/** `assay metric …`: metrics of an app, which its tests name. */
export function metricCommands(program: Command): void {
  const metric = program
    .command('metric')
    .description('define metrics of an app, which its tests name')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText(
      'after',
      examples(
        'assay metric set shop buyers --kind conversion --event purchase',
        'assay metric list shop',
        'assay test new shop checkout --branches master,one-page --metric buyers',
      ),
    )
  reads(metric)
  sets(metric)
}

/** A command about one metric. */
const about = (parent: Command, name: string) => asking(parent, name).argument('<app>').argument('<name>')

function reads(parent: Command): void {
  asking(parent, 'list')
    .argument('<app>')
    .description('the metrics of an app, and how many tests name each')
    .addHelpText('after', examples('assay metric list shop'))
    .action(async (app: string, options: AskingOptions) =>
      tell(options, await listMetrics(discover(options, 'read'), app), metricList),
    )
  about(parent, 'show')
    .description('what is defined of a metric, and which tests name it')
    .addHelpText('after', examples('assay metric show shop buyers', 'assay metric show shop buyers --json'))
    .action(async (app: string, name: string, options: AskingOptions) =>
      tell(options, await showMetric(discover(options, 'read'), { app, name }), metricShown),
    )
  about(parent, 'history')
    .description('who changed a metric, when and why')
    .addHelpText('after', examples('assay metric history shop buyers'))
    .action(async (app: string, name: string, options: AskingOptions) =>
      tell(options, await metricHistoryOf(discover(options, 'read'), { app, name }), metricHistory),
    )
}

function sets(parent: Command): void {
  about(parent, 'set')
    .description('define a metric, or change the one there is')
    .option('--file <metric.json>', 'the whole definition; options win over it')
    .addOption(new Option('--kind <kind>', 'what is measured of one event').choices(oneEventKinds))
    .option('--event <event>', 'the event it is made of')
    .option('--window-days <days>', 'days after the exposure that count: 7, or 7-8', windowDays)
    .option('--cap <number>', 'no user counts for more than that', amount)
    .option('--cap-percentile <share>', 'the same, at a percentile of users, as 0.99', part)
    .addOption(new Option('--direction <way>', 'which way is better (default: up)').choices(['up', 'down']))
    .option('--min-effect <share>', 'least effect that matters, as 0.02', part)
    .option('--margin <share>', 'as a guardrail: how much worse is still well', part)
    .option(...WHY)
    .addHelpText(
      'after',
      `
With --file or --kind the metric becomes just that; without either, the options
change the metric there is and leave the rest. Ratios, quantiles, funnels and
filters want a file (docs/metrics.md).
Tests that name a metric show what it is now, with all they have counted.
${examples(
  'assay metric set shop buyers --kind conversion --event purchase \\\n      --window-days 7',
  'assay metric set shop buyers --min-effect 0.02 --why "as agreed"',
  'assay metric set shop speed --file speed.json',
)}`,
    )
    .action(async (app: string, name: string, options: AskingOptions & MetricOptions) => {
      const done = await setMetric(discover(options, 'admin'), { app, name }, options, options.why)
      if (options.json) printJson(done.changed)
      else print(metricSet(done))
    })
}
