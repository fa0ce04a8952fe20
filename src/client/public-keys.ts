import { fillPath, PATHS } from '#api/paths.ts'
import { mustSucceed } from './answers.ts'
import type { Transport } from './transport.ts'

/** The public keys of a user, one a line, byte for byte as the server gives them to everybody. */
export async function fetchPublicKeys(
  transport: Transport,
  account: string,
  user: string,
): Promise<Buffer> {
  const path = fillPath(PATHS.publicKeysOfUser, { account, id: user })
  return mustSucceed(await transport.send({ method: 'GET', path })).body
}
