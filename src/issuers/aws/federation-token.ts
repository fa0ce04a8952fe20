import type { IssueMethod } from '#app/issuer-kinds.ts'
import { confused } from '#lib/aws/xml.ts'
import { credentialsIn, printCredentials } from './credentials.ts'
import { commonFaults, PARAMETERS, policyIn, regionIn } from './parameters.ts'
import { keyOf } from './sts-call.ts'
import type { CallSts } from './sts-call.ts'

const FEDERATED =
  /^arn:aws(?:-[a-z]{1,12}){0,2}:sts::(?<account>\d{12}):federated-user\/(?<name>.+)$/

/** Credentials of a federated user, who may at most what the key of the issuer may (AWS STS, GetFederationToken). */
export const federationToken = (call: CallSts): IssueMethod => ({
  printed: 'federation token',
  minTtl: 900,
  maxTtl: 43_200,
  faults: (parameters) => commonFaults(parameters, PARAMETERS),
  async issue({ data, parameters, ttl, session }) {
    const result = await call({
      action: 'GetFederationToken',
      region: regionIn(parameters),
      key: keyOf(data),
      parameters: { Name: session, DurationSeconds: String(ttl), ...policyIn(parameters) },
    })
    const user = result.only('FederatedUser')
    const { account, name } = FEDERATED.exec(user.text('Arn'))?.groups ?? {}
    // Both members name the account and the user, and must agree (attack `iam-response-confusion`).
    if (name !== session || user.text('FederatedUserId') !== `${account}:${session}`) {
      throw confused('the answer is about another user')
    }
    return printCredentials(credentialsIn(result), ttl)
  },
})
