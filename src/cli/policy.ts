import { Command } from 'commander'
import type { PolicyMode, PolicyText } from '#client/policies.ts'
import type { Client } from '#client/client.ts'
import { Failure } from '#lib/failure.ts'
import type { CliContext, GlobalOptions } from './context.ts'
import { serverCommand } from './context.ts'
import { readInput } from './input.ts'

interface PolicyOptions extends GlobalOptions {
  readonly branch: string
  readonly file: string
  readonly dryRun?: boolean
}

const DESCRIPTIONS: Readonly<Record<PolicyMode, string>> = {
  load: 'add what a policy says',
  update: 'add, change and delete what a policy says',
  replace: 'make a policy say this and nothing else',
}

/** `strongroom policy load | update | replace`. */
export function policyCommand(context: CliContext): Command {
  const policy = new Command('policy').description('load policies')
  for (const mode of ['load', 'update', 'replace'] as const) {
    policy.addCommand(
      serverCommand(mode, DESCRIPTIONS[mode])
        .requiredOption('-b, --branch <branch>', 'the policy to load into, root for the topmost')
        .requiredOption('-f, --file <file>', 'the text, - for the standard input')
        .option('--dry-run', 'show what would change and change nothing')
        .action((options: PolicyOptions) => runPolicy(context, mode, options)),
    )
  }
  return policy
}

async function runPolicy(
  context: CliContext,
  mode: PolicyMode,
  { branch, file, dryRun, ...options }: PolicyOptions,
): Promise<void> {
  const text = await readInput(file, context)
  const load = dryRun === true ? tryOut : carryOut
  await context.withClient(options, (client) => load(context, client, { branch, text, mode }))
}

async function carryOut(context: CliContext, client: Client, policy: PolicyText): Promise<void> {
  const loaded = await client.loadPolicy(policy)
  context.say(`Loaded policy '${policy.branch}'`)
  context.printJson(loaded)
}

/** An invalid policy is shown like a valid one, and then fails the command. */
async function tryOut(context: CliContext, client: Client, policy: PolicyText): Promise<void> {
  const outcome = await client.tryPolicy(policy)
  context.say(`Dry run policy '${policy.branch}'`)
  context.printJson(outcome)
  if (outcome.status === 'Valid YAML') return
  const [first] = outcome.errors ?? []
  const place = first === undefined ? '' : ` at line ${first.line}, column ${first.column}`
  throw new Failure('policy_invalid', `the policy is not valid${place}`)
}
