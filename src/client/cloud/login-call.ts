import { fillPath, PATHS } from '#api/paths.ts'
import { hostLogin } from '#client/host-login.ts'
import type { CloudCredentials } from '#client/strongroom-options.ts'
import type { Call } from '#client/transport.ts'
import { awsProof } from './aws-proof.ts'
import { azureToken } from './azure.ts'
import { googleToken } from './google.ts'
import type { PlatformParts } from './platform.ts'

/**
 * The request by which a workload logs in, with a proof that its cloud makes for it now. Throws a failure that says what was asked of the cloud and
 * what to do when it makes none; no credential is in it.
 */
export async function cloudLogin(
  account: string,
  credentials: CloudCredentials,
  parts: PlatformParts,
): Promise<Call> {
  const login = hostLogin(credentials.hostId)
  switch (credentials.kind) {
    case 'iam': {
      const path = fillPath(PATHS.authenticateIam, { account, login, service: credentials.service })
      return posted(path, 'application/json', await awsProof(parts, credentials))
    }
    case 'azure': {
      const path = fillPath(PATHS.authenticateAzure, {
        account,
        login,
        service: credentials.service,
      })
      return posted(path, FORM, formOf(await azureToken(parts, credentials)))
    }
    case 'gcp': {
      const token = await googleToken(parts, `conjur/${account}/${login}`)
      return posted(fillPath(PATHS.authenticateGcp, { account }), FORM, formOf(token))
    }
  }
}

const FORM = 'application/x-www-form-urlencoded'

const formOf = (jwt: string): string => `jwt=${encodeURIComponent(jwt)}`

/** Until a proof is too old it can be presented again, unless an instance wants each to count once. */
const posted = (path: string, type: string, body: string): Call => ({
  method: 'POST',
  path,
  headers: { 'Content-Type': type },
  body,
  isRepeatable: true,
})
