import { fillPath, PATHS } from '#api/paths.ts'
import { partsOf, variableId } from './ids.ts'
import type { Session } from './session.ts'

/** The value of one variable, byte for byte; `version` counts from 1, the newest when absent. */
export async function fetchSecret(session: Session, id: string, version?: number): Promise<Buffer> {
  const path = secretPath(session, id)
  const query = version === undefined ? '' : `?version=${version}`
  return (await session.succeed({ method: 'GET', path: path + query })).body
}

/** Adds a value; the same as the current one changes nothing. Throws `argument_error` when it is empty. */
export async function storeSecret(session: Session, id: string, value: Uint8Array): Promise<void> {
  await session.succeed({
    method: 'POST',
    path: secretPath(session, id),
    headers: { 'Content-Type': 'application/octet-stream' },
    body: value,
  })
}

/** Removes all versions of a value; only a Strongroom can, another server throws `not_found`. */
export async function clearSecret(session: Session, id: string): Promise<void> {
  await session.succeed({ method: 'DELETE', path: secretPath(session, id) })
}

/** Makes a value due for rotation. */
export async function expireSecret(session: Session, id: string): Promise<void> {
  await session.succeed({ method: 'POST', path: `${secretPath(session, id)}?expirations` })
}

/** The path of the value of a variable. */
export const secretPath = (session: Session, id: string): string =>
  fillPath(PATHS.secret, { ...partsOf(variableId(session.account, id)) })
