import type { AccessExplanationBody, AccessPathBody } from '#api/access-wire.ts'
import { printable } from '#client/printable.ts'
import { shortener } from './short-id.ts'
import type { Shorten } from './short-id.ts'
import type { CliContext } from './context.ts'
import { Failure } from '#lib/failure.ts'

interface WhyInput {
  readonly role: string
  readonly privilege: string
  readonly resource: string
  readonly exitCode?: true
}

/** `strongroom why`: the grants that let a role do something, or what is missing. */
export const why = (
  context: CliContext,
  { role, privilege, resource, exitCode }: WhyInput,
): Promise<void> =>
  context.withClient(async (client) => {
    const data = await client.explainAccess(role, privilege, resource)
    const text = printable(explained(data, shortener(client.account)))
    await context.show({ data, plain: text, table: text })
    if (exitCode === true && !data.allowed) throw new Failure('forbidden', 'not permitted')
  })

function explained(data: AccessExplanationBody, name: Shorten): string {
  const { role, privilege, resource, allowed, paths } = data
  if (!allowed) return `${refusal(data, name).join('\n')}\n`
  const ways = paths.map((path) => `  ${wayOf(path, privilege, resource, name)}\n`)
  const factor = factorOf(data)
  return `${name(role)} may ${privilege} ${name(resource)}${factor}:\n${ways.join('')}`
}

/** What it takes besides a way. */
function factorOf({ second_factor: factor }: AccessExplanationBody): string {
  if (factor === undefined) return ''
  const owned = factor.missing === undefined ? '' : ownFactor(factor.missing)
  return ` with a second factor not older than ${factor.within} seconds${owned}`
}

const ownFactor = (isMissing: boolean): string =>
  isMissing ? ', which is missing now' : ', which is there'

/** What stands for roles that the caller may not know of. */
const HIDDEN = 'a role you cannot see'

/** A way as one line, from the role to what lets it. */
export function wayOf(
  { ground, path }: AccessPathBody,
  privilege: string,
  resource: string,
  name: Shorten,
): string {
  const [first = HIDDEN, ...rest] = path.map((role) => (role === null ? HIDDEN : name(role)))
  const may = ground === 'owner' ? 'owns' : `is permitted to ${privilege}`
  const steps = [...rest.map((role) => `is a member of ${role}`), `${may} ${name(resource)}`]
  return `${first} ${steps.join(', which ')}`
}

function refusal(
  { role, privilege, resource, privileges, granted, hides_others }: AccessExplanationBody,
  name: Shorten,
): readonly string[] {
  const held = privileges.length === 0 ? 'nothing else either' : `only ${privileges.join(', ')}`
  const others = hides_others ? [HIDDEN] : []
  const helpful = [...granted.map(name), ...others]
  return [
    `${name(role)} may not ${privilege} ${name(resource)}; it may do ${held}.`,
    'It would take one of these:',
    `  - !permit { role: ${tagged(name(role))}, privileges: [${privilege}], resource: ${tagged(name(resource))} }`,
    ...helpful.map((other) => `  membership in ${other}`),
  ]
}

/** An id as a policy writes it. */
const tagged = (id: string): string => `!${id.replace(':', ' ')}`
