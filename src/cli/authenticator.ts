import type { NewAuthenticatorBody } from '#api/authenticator-wire.ts'
import { Failure, quoted } from '#lib/failure.ts'
import type { CliContext } from './context.ts'
import { done } from './done.ts'
import { readInput } from './input.ts'

interface InstanceInput {
  readonly id: string
}

/** `strongroom authenticator enable`. */
export const enable = (context: CliContext, { id }: InstanceInput): Promise<void> =>
  turn(context, id, true)

/** `strongroom authenticator disable`. */
export const disable = (context: CliContext, { id }: InstanceInput): Promise<void> =>
  turn(context, id, false)

async function turn(context: CliContext, id: string, enabled: boolean): Promise<void> {
  await context.withClient((client) => client.enableAuthenticator(id, enabled))
  const sentence = `Authenticator ${id} is ${enabled ? 'enabled' : 'disabled'}`
  await done(context, sentence, { id, enabled })
}

/** `strongroom authenticator list`. */
export const listAuthenticators = (
  context: CliContext,
  { type }: { readonly type?: string },
): Promise<void> =>
  context.withClient(async (client) => {
    const data = await client.authenticators(type)
    await context.show({ data, columns: ['type', 'name', 'enabled', 'branch'] })
  })

/** `strongroom authenticator show`: its variables are among what is shown, to those who may read them. */
export const showAuthenticator = (context: CliContext, { id }: InstanceInput): Promise<void> =>
  context.withClient(async (client) => context.show({ data: await client.authenticator(id) }))

/** `strongroom authenticator status`: what is wrong is shown, and then fails the command. */
export const status = (context: CliContext, { id }: InstanceInput): Promise<void> =>
  context.withClient(async (client) => {
    const data = await client.authenticatorStatus(id)
    await context.show({ data })
    if (data.status !== 'ok') throw new Failure('configuration', `${quoted(id)} does not work`)
  })

interface CreateInput extends InstanceInput {
  readonly file?: string
  readonly owner?: string
  readonly annotation?: readonly string[]
  readonly disabled?: true
}

/** `strongroom authenticator create`. Its variables come from a file: some of them are secrets. */
export async function createAuthenticator(context: CliContext, input: CreateInput): Promise<void> {
  const { id, file, owner, annotation = [], disabled } = input
  const details: Omit<NewAuthenticatorBody, 'type' | 'name'> = {
    ...(disabled === true ? { enabled: false } : {}),
    ...(owner === undefined ? {} : { owner: ownerOf(owner) }),
    ...(file === undefined ? {} : { data: await dataIn(context, file) }),
    ...(annotation.length === 0 ? {} : { annotations: annotationsOf(annotation) }),
  }
  await context.withClient(async (client) =>
    context.show({ data: await client.createAuthenticator(id, details) }),
  )
}

function ownerOf(text: string): { readonly id: string; readonly kind: string } {
  const [, kind, id] = /^(\w+):(.+)$/.exec(text) ?? []
  if (kind !== undefined && id !== undefined) return { kind, id }
  throw new Failure('usage', `${quoted(text)} is not an owner`, { hint: 'it has the form KIND:ID' })
}

const annotationsOf = (pairs: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? []
      if (name !== undefined && value !== undefined) return [name, value]
      throw new Failure('usage', `${quoted(pair)} is not an annotation`, {
        hint: 'it has the form NAME=VALUE',
      })
    }),
  )

async function dataIn(context: CliContext, file: string): Promise<unknown> {
  const text = (await readInput(file, context)).toString()
  const { parse, YAMLError } = await import('yaml')
  try {
    const data: unknown = parse(text)
    return data
  } catch (error) {
    // Without the message of the parser, which quotes the text.
    if (error instanceof YAMLError || error instanceof ReferenceError) {
      throw new Failure('usage', `${quoted(file)} is neither YAML nor JSON`)
    }
    throw error
  }
}

interface AuthorityInput extends InstanceInput {
  readonly replace?: true
  readonly keepPrevious?: true
}

/** `strongroom authenticator init-ca`. */
export async function initAuthority(context: CliContext, input: AuthorityInput): Promise<void> {
  const { id, replace, keepPrevious } = input
  if (replace === true && keepPrevious === true) {
    throw new Failure('usage', '--replace and --keep-previous exclude each other')
  }
  const previous = replace === true ? 'replace' : keepPrevious === true ? 'keep' : 'refuse'
  await context.withClient(async (client) =>
    context.show({ data: await client.makeAuthority(id, previous) }),
  )
}

/** `strongroom authenticator delete`. */
export const deleteAuthenticator = (context: CliContext, { id }: InstanceInput): Promise<void> =>
  context.withClient(async (client) => {
    await client.deleteAuthenticator(id)
    await done(context, `Authenticator ${id} is deleted`, { id })
  })
