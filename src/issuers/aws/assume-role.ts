import type { IssueMethod } from '#app/issuer-kinds.ts'
import { confused } from '#lib/aws/xml.ts'
import { credentialsIn, printCredentials } from './credentials.ts'
import { commonFaults, PARAMETERS, policyIn, regionIn } from './parameters.ts'
import { parseRoleArn } from './role-arn.ts'
import { keyOf } from './sts-call.ts'
import type { CallSts } from './sts-call.ts'

/** Credentials of a role that the key of the issuer may assume (AWS STS, AssumeRole). */
export const assumeRole = (call: CallSts): IssueMethod => ({
  printed: 'assumed role',
  minTtl: 900,
  maxTtl: 129_600,
  faults: (parameters) => [
    ...commonFaults(parameters, ['role-arn', ...PARAMETERS]),
    ...(parseRoleArn(parameters.get('role-arn') ?? '') === undefined
      ? [{ parameter: 'role-arn', message: `The 'role-arn' annotation is not the ARN of a role` }]
      : []),
  ],
  async issue({ data, parameters, ttl, session }) {
    const arn = parameters.get('role-arn') ?? ''
    const result = await call({
      action: 'AssumeRole',
      region: regionIn(parameters),
      key: keyOf(data),
      parameters: {
        RoleArn: arn,
        RoleSessionName: session,
        DurationSeconds: String(ttl),
        ...policyIn(parameters),
      },
    })
    const role = parseRoleArn(arn)
    const expected = `arn:${role?.partition}:sts::${role?.account}:assumed-role/${role?.name}/${session}`
    // Whoever answers with the credentials of another role or account is not who was asked (attack `iam-response-confusion`).
    if (result.only('AssumedRoleUser').text('Arn') !== expected) {
      throw confused('the answer is about another role')
    }
    return printCredentials(credentialsIn(result), ttl)
  },
})
