import { PATHS } from '#api/paths.ts'
import type { KeyHolder, ShowPublicKeys } from '#app/public-keys.ts'
import { PUBLIC_KEYS } from '#http/about/public-keys.ts'
import { text } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import type { Call } from '#http/call.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'

/** Public keys, to everybody (reference/conjur-api.md 1.11). */
export const publicKeyRoutes = (use: {
  readonly showPublicKeys: ShowPublicKeys
}): readonly Route[] => [
  route(
    'GET',
    PATHS.publicKeysOfUser,
    PUBLIC_KEYS.ofUser,
    (call) => show(use.showPublicKeys, call, 'user'),
    {
      access: 'open',
    },
  ),
  route(
    'GET',
    PATHS.publicKeysOfKey,
    PUBLIC_KEYS.ofKey,
    (call) => show(use.showPublicKeys, call, 'public_key'),
    {
      access: 'open',
    },
  ),
]

async function show(
  showPublicKeys: ShowPublicKeys,
  call: Call<'account' | 'id'>,
  kind: KeyHolder['kind'],
): Promise<Answer> {
  const keys = await showPublicKeys({ ...call.params, kind }, call.origin)
  return text(200, `${keys.join('\n')}\n`)
}
