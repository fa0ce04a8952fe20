import type { IssuerBody, IssuerUpdateBody, NewIssuerBody } from '#api/issuer-wire.ts'
import { isIssuer, isIssuerList } from '#api/issuer-wire.ts'
import { fillPath, PATHS } from '#api/paths.ts'
import { bodyOf } from './answers.ts'
import { queryOf } from './query.ts'
import type { Session } from './session.ts'

const JSON_TYPE = { 'Content-Type': 'application/json' } as const

/** Makes an issuer, for which the caller needs `create` on the policy `conjur/issuers`. */
export async function createIssuer(session: Session, issuer: NewIssuerBody): Promise<IssuerBody> {
  const answer = await session.succeed({
    method: 'POST',
    path: fillPath(PATHS.issuers, { account: session.account }),
    headers: JSON_TYPE,
    body: JSON.stringify(issuer),
  })
  return bodyOf(answer, isIssuer)
}

/** An issuer on whose policy the caller may `read`; what is secret of it is masked. */
export async function fetchIssuer(session: Session, id: string): Promise<IssuerBody> {
  return bodyOf(await session.succeed({ method: 'GET', path: issuerPath(session, id) }), isIssuer)
}

/** All issuers, for who may `update` the policy `conjur/issuers`. */
export async function listIssuers(session: Session): Promise<readonly IssuerBody[]> {
  const path = fillPath(PATHS.issuers, { account: session.account })
  return bodyOf(await session.succeed({ method: 'GET', path }), isIssuerList).issuers
}

/** Changes an issuer, for which the caller needs `update` on the policy `conjur/issuers`. */
export async function updateIssuer(
  session: Session,
  id: string,
  update: IssuerUpdateBody,
): Promise<IssuerBody> {
  const answer = await session.succeed({
    method: 'PATCH',
    path: issuerPath(session, id),
    headers: JSON_TYPE,
    body: JSON.stringify(update),
  })
  return bodyOf(answer, isIssuer)
}

/** Deletes an issuer, with its variables unless they are to be kept; the caller needs `update` on the policy `conjur/issuers`. */
export async function deleteIssuer(
  session: Session,
  id: string,
  { keepSecrets = false }: { readonly keepSecrets?: boolean } = {},
): Promise<void> {
  const query = queryOf({ keep_secrets: keepSecrets ? 'true' : undefined })
  await session.succeed({ method: 'DELETE', path: `${issuerPath(session, id)}${query}` })
}

const issuerPath = ({ account }: Session, id: string): string =>
  fillPath(PATHS.issuer, { account, id })
