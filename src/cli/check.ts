import type { CliContext } from './context.ts'
import { showVerdict } from './verdict.ts'
import type { VerdictOptions } from './verdict.ts'

interface CheckInput extends VerdictOptions {
  readonly resource: string
  readonly privilege: string
  readonly role?: string
}

/** `strongroom check`: whether a privilege is held. */
export const check = (
  context: CliContext,
  { resource, privilege, role, ...options }: CheckInput,
): Promise<void> =>
  context.withClient(async (client) => {
    const isAllowed = await client.check(resource, privilege, role)
    await showVerdict(context, 'allowed', isAllowed, options)
  })
