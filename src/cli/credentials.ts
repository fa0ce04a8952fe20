import { Failure } from '#lib/failure.ts'
import type { CliContext } from './context.ts'
import { done } from './done.ts'
import { askSecret } from './input.ts'
import { ownLogin } from './own-login.ts'

interface RotateInput {
  readonly id?: string
}

/** `strongroom user rotate-api-key`: a new key for a user, or for whoever is logged in, whose key is kept anew. */
export const rotateUserKey = (context: CliContext, { id }: RotateInput): Promise<void> =>
  rotate(context, id === undefined ? undefined : roleOf('user', id))

/** `strongroom host rotate-api-key`. */
export const rotateHostKey = (context: CliContext, { id }: RotateInput): Promise<void> =>
  rotate(context, id === undefined ? undefined : roleOf('host', id))

/** `alice`, `user:alice` and `acme:user:alice` are one user; `host/app` is the host `app`. */
function roleOf(kind: string, id: string): string {
  if (id.includes(`${kind}:`)) return id
  return `${kind}:${id.startsWith(`${kind}/`) ? id.slice(kind.length + 1) : id}`
}

async function rotate(context: CliContext, role: string | undefined): Promise<void> {
  const own = role === undefined ? await ownLogin(context) : undefined
  await context.withClient(async (client) => {
    const key = await client.rotateApiKey(role)
    await context.show({ data: { role: role ?? own?.login, api_key: key }, plain: `${key}\n` })
    await own?.replaceKey(key)
  })
}

/** `strongroom user change-password`: that of whoever is logged in, who stays so. */
export async function changePassword(
  context: CliContext,
  { password: given }: { readonly password?: string },
): Promise<void> {
  const { login, key, replaceKey } = await ownLogin(context)
  if (login.startsWith('host/')) throw new Failure('usage', 'a host has no password')
  const password = given ?? (await askSecret(context, `New password of ${login}: `))
  await context.withClient(async (client) => {
    await client.changePassword({ login, password: key }, password)
    // The change ended the key: the next one is had by the password.
    await replaceKey(await client.login({ login, password }))
  })
  await done(context, 'Password changed', { login })
}
