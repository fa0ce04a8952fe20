import { Command, Option } from 'commander'
import type { PolicyMode, PolicyText } from '#client/policies.ts'
import type { Client } from '#client/client.ts'
import { Failure } from '#lib/failure.ts'
import type { CliContext, GlobalOptions } from './context.ts'
import { serverCommand } from './context.ts'
import { readInput } from './input.ts'
import { fetchCommand } from './policy-fetch.ts'
import { policyReport } from './policy-report.ts'

/** How the outcome of a dry run is shown. */
type Form = 'text' | 'json'

interface PolicyOptions extends GlobalOptions {
  readonly branch: string
  readonly file: string
  readonly dryRun?: boolean
  readonly output?: Form
}

const DESCRIPTIONS: Readonly<Record<PolicyMode, string>> = {
  load: 'add what a policy says',
  update: 'add, change and delete what a policy says',
  replace: 'make a policy say this and nothing else',
}

/** `strongroom policy load | update | replace | fetch`. */
export function policyCommand(context: CliContext): Command {
  const policy = new Command('policy').description('load and show policies')
  for (const mode of ['load', 'update', 'replace'] as const) {
    policy.addCommand(
      serverCommand(mode, DESCRIPTIONS[mode])
        .requiredOption('-b, --branch <branch>', 'the policy to load into, root for the topmost')
        .requiredOption('-f, --file <file>', 'the text, - for the standard input')
        .option('--dry-run', 'show what would change and change nothing')
        .addOption(
          new Option(
            '-o, --output <form>',
            'how a dry run is shown: as text on a terminal, else as JSON',
          ).choices(['text', 'json']),
        )
        .action((options: PolicyOptions) => runPolicy(context, mode, options)),
    )
  }
  return policy.addCommand(fetchCommand(context))
}

async function runPolicy(
  context: CliContext,
  mode: PolicyMode,
  { branch, file, dryRun, output, ...options }: PolicyOptions,
): Promise<void> {
  const text = await readInput(file, context)
  const policy = { branch, text, mode }
  const form = output ?? (context.stdout.isTTY === true ? 'text' : 'json')
  await context.withClient(options, (client) =>
    dryRun === true ? tryOut(context, client, policy, form) : carryOut(context, client, policy),
  )
}

async function carryOut(context: CliContext, client: Client, policy: PolicyText): Promise<void> {
  const loaded = await client.loadPolicy(policy)
  context.say(`Loaded policy '${policy.branch}'`)
  context.printJson(loaded)
}

/** An invalid policy is shown like a valid one, and then fails the command. */
async function tryOut(
  context: CliContext,
  client: Client,
  policy: PolicyText,
  form: Form,
): Promise<void> {
  const outcome = await client.tryPolicy(policy)
  context.say(`Dry run policy '${policy.branch}'`)
  if (form === 'json') context.printJson(outcome)
  else context.print(policyReport(outcome, client.account))
  if (outcome.status === 'Valid YAML') return
  const [first] = outcome.errors ?? []
  const place = first === undefined ? '' : ` at line ${first.line}, column ${first.column}`
  throw new Failure('policy_invalid', `the policy is not valid${place}`)
}
