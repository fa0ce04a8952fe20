import { printable } from '#client/printable.ts'
import type { CliContext } from './context.ts'
import { shortener } from './short-id.ts'
import { wayOf } from './why.ts'

interface WhoInput {
  readonly resource: string
  readonly privilege: string
  readonly kind?: string
}

/** `strongroom who`: everybody who may do something to a resource, and how they got there. */
export const who = (context: CliContext, { resource, privilege, kind }: WhoInput): Promise<void> =>
  context.withClient(async (client) => {
    const data = await client.access(privilege, resource, kind)
    const name = shortener(client.account)
    const lines = data.roles.map((entry) => wayOf(entry, privilege, data.resource, name))
    const others = data.hides_others ? ['and others that you cannot see'] : []
    const text = printable([...lines, ...others].map((line) => `${line}\n`).join(''))
    await context.show({ data, plain: text, table: text })
  })
