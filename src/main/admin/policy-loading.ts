import { loadPolicy } from '#app/load-policy.ts'
import { administratorSession, givePassword } from '#app/operator.ts'
import { adminOf, identifierOf, kindOf, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { sha256 } from '../server/use-cases.ts'
import type { AdminContext } from './context.ts'
import type { OperatorNode } from './node.ts'

/** The password of the administrator after a load. */
const ADMIN_PASSWORD = 'CONJUR_ADMIN_PASSWORD'

/** What begins the variables that hold the passwords of users whom a load creates. */
const USER_PASSWORD = 'CONJUR_PASSWORD_'

/** What a load tells, and the passwords that it sets. */
export type LoadSurroundings = Pick<AdminContext, 'environment' | 'print' | 'say'>

/**
 * Replaces the root policy of an account as its administrator, and gives the users that it creates, and the administrator, the
 * passwords that the environment holds for them. The outputs are those of conjurctl (reference/conjur-api.md 7.7). Throws what a load
 * throws, and `validation_failed` for a weak password before anything is loaded.
 */
export async function replaceRoot(
  surroundings: LoadSurroundings,
  node: OperatorNode,
  account: string,
  text: string,
): Promise<void> {
  mustBeStrong(surroundings, node)
  const startedAt = performance.now()
  const session = await administratorSession(node, account)
  const load = loadPolicy({ ...node, sha256 })
  const { createdRoles, warnings } = await load(session, {
    target: rootPolicyOf(account),
    text,
    mode: 'replace',
  })
  for (const warning of warnings) surroundings.say(`warning: ${warning}`)
  const printed = createdRoles.map(({ id, apiKey }) => [id, { id, api_key: apiKey }])
  surroundings.print(JSON.stringify(Object.fromEntries(printed), undefined, 2))
  const users = createdRoles.map(({ id }) => id).filter((id) => kindOf(id) === 'user')
  for (const role of [...users, adminOf(account)]) await setPassword(surroundings, node, role)
  const seconds = (performance.now() - startedAt) / 1000
  surroundings.say(`Loaded policy in ${seconds.toFixed(3)} seconds`)
}

async function setPassword(
  { environment, say }: LoadSurroundings,
  node: OperatorNode,
  role: Id,
): Promise<void> {
  const password = environment[variableFor(role)]?.trim() ?? ''
  if (password === '') return
  const { passwordHash } = (await node.store.credential(role)) ?? {}
  // A new password ends tokens; the one that is there already need not.
  if (passwordHash !== undefined && (await node.passwords.verify(password, passwordHash))) return
  await givePassword(node, role, password)
  say(`Setting password for '${role}'`)
}

const variableFor = (role: Id): string =>
  identifierOf(role) === 'admin'
    ? ADMIN_PASSWORD
    : `${USER_PASSWORD}${identifierOf(role)
        .replaceAll(/[^a-zA-Z0-9]/g, '_')
        .toUpperCase()}`

function mustBeStrong({ environment }: LoadSurroundings, { passwords }: OperatorNode): void {
  for (const [variable, value = ''] of Object.entries(environment)) {
    if (variable !== ADMIN_PASSWORD && !variable.startsWith(USER_PASSWORD)) continue
    const weakness = value.trim() === '' ? undefined : passwords.weakness(value.trim())
    if (weakness !== undefined) {
      throw new Failure('validation_failed', `${variable}: ${weakness}`)
    }
  }
}
