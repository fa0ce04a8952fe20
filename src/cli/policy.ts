import type { PolicyMode, PolicyText } from '#client/policies.ts'
import type { Client } from '#client/client.ts'
import { Failure } from '#lib/failure.ts'
import type { CliContext } from './context.ts'
import { readInput } from './input.ts'
import type { Form } from './output.ts'
import { printed } from './output.ts'
import { policyReport } from './policy-report.ts'

interface PolicyInput {
  readonly branch: string
  readonly file: string
  readonly dryRun?: true
  readonly output?: Form | 'text'
}

type LoadPolicy = (context: CliContext, input: PolicyInput) => Promise<void>

/** `strongroom policy load`. */
export const loadPolicy: LoadPolicy = loader('load')

/** `strongroom policy update`. */
export const updatePolicy: LoadPolicy = loader('update')

/** `strongroom policy replace`. */
export const replacePolicy: LoadPolicy = loader('replace')

function loader(mode: PolicyMode): LoadPolicy {
  return async (context, { branch, file, dryRun, output }) => {
    const policy = { branch, text: await readInput(file, context), mode }
    await context.withClient((client) =>
      dryRun === true
        ? tryOut(context, client, policy, output)
        : carryOut(context, client, policy, output),
    )
  }
}

async function carryOut(
  context: CliContext,
  client: Client,
  policy: PolicyText,
  output: PolicyInput['output'],
): Promise<void> {
  const data = await client.loadPolicy(policy)
  context.say(`Loaded policy '${policy.branch}'`)
  context.print(await printed({ data }, output === 'text' ? undefined : output))
}

/** An invalid policy is shown like a valid one, and then fails the command. */
async function tryOut(
  context: CliContext,
  client: Client,
  policy: PolicyText,
  output: PolicyInput['output'],
): Promise<void> {
  const outcome = await client.tryPolicy(policy)
  context.say(`Dry run policy '${policy.branch}'`)
  const report = policyReport(outcome, client.account)
  const form = output ?? (context.stdout.isTTY === true ? 'text' : 'json')
  context.print(form === 'text' ? report : await printed({ data: outcome, table: report }, form))
  if (outcome.status === 'Valid YAML') return
  const [first] = outcome.errors ?? []
  const place = first === undefined ? '' : ` at line ${first.line}, column ${first.column}`
  throw new Failure('policy_invalid', `the policy is not valid${place}`)
}
