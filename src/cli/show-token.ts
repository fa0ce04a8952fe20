import type { AccessToken } from '#client/access-token.ts'
import type { CliContext } from './context.ts'

/** Shows an access token, which was asked for: as the server issued it, or as the header that carries it. */
export function showToken(
  context: CliContext,
  { json, authorization }: Pick<AccessToken, 'json' | 'authorization'>,
  { header }: { readonly header?: true },
): Promise<void> {
  if (header !== true) {
    const data: unknown = JSON.parse(json)
    return context.show({ data })
  }
  const plain = `Authorization: ${authorization}\n`
  return context.show({ data: { Authorization: authorization }, plain })
}
