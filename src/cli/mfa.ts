import type { FactorListBody } from '#api/mfa-wire.ts'
import { Failure, quoted } from '#lib/failure.ts'
import type { CliContext } from './context.ts'
import { done } from './done.ts'
import { isYes } from './input.ts'
import { asTable } from './output.ts'
import { keepOwnToken } from './own-login.ts'
import { recoveryText } from './recovery-codes.ts'

/** `strongroom mfa list`: the caller's own factors. */
export const listFactors = (context: CliContext): Promise<void> =>
  context.withClient(async (client) => {
    const data = await client.secondFactors()
    await context.show({ data, table: tableOf(data) })
  })

function tableOf({ factors, recovery_codes_left: left }: FactorListBody): string {
  const columns = ['id', 'kind', 'name', 'created_at', 'last_used_at']
  return `${asTable({ data: factors, columns })}\nrecovery codes left: ${left}\n`
}

/** `strongroom mfa remove`: removes a factor of the caller's own. */
export async function removeFactor(
  context: CliContext,
  { id }: { readonly id: string },
): Promise<void> {
  const token = await context.withClient((client) => client.removeFactor(id))
  await done(context, `The factor '${id}' was removed`, { id })
  await keepOwnToken(context, token)
}

/** `strongroom mfa recovery-codes`: new ones, which are shown this once. */
export const renewRecoveryCodes = (context: CliContext): Promise<void> =>
  context.withClient(async (client) => {
    const codes = await client.renewRecoveryCodes()
    await context.show({ data: { recovery_codes: codes }, plain: recoveryText(codes) })
  })

interface ResetInput {
  readonly login: string
  readonly force?: true
}

/** `strongroom mfa reset`: removes all factors of a user who lost them, after a person confirmed it. */
export async function resetFactors(
  context: CliContext,
  { login, force }: ResetInput,
): Promise<void> {
  const user = login.includes(':') ? login : `user:${login}`
  if (force !== true) await mustConfirm(context, login)
  await context.withClient((client) => client.resetFactors(user))
  await done(context, `The second factors of '${login}' were removed`, { login })
}

async function mustConfirm({ terminal }: CliContext, login: string): Promise<void> {
  const answer = await terminal?.ask(`Remove all second factors of ${login}? [y/N] `)
  if (answer !== undefined && isYes(answer)) return
  throw new Failure('usage', `the second factors of ${quoted(login)} stay`, {
    hint: 'remove them with --force',
  })
}
