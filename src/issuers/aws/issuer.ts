import type { IssueMethod, IssuerData, IssuerKind } from '#app/issuer-kinds.ts'
import { Failure } from '#lib/failure.ts'
import { assumeRole } from './assume-role.ts'
import { federationToken } from './federation-token.ts'
import { stsCaller } from './sts-call.ts'
import type { StsParts } from './sts-call.ts'

/** What issuers of AWS stand on. */
export type AwsParts = StsParts

/** Issuers that make temporary credentials of AWS by the access key of an IAM user (reference/conjur-api.md 1.11). */
export function awsIssuer(parts: AwsParts): IssuerKind {
  const call = stsCaller(parts)
  return {
    type: 'aws',
    secretMembers: new Set(['secret_access_key']),
    methods: new Map<string, IssueMethod>([
      ['assume-role', assumeRole(call)],
      ['federation-token', federationToken(call)],
    ]),
    readData,
  }
}

/** The members of the data with what they look like. The words are those of the Conjur API. */
const MEMBERS = [
  {
    name: 'access_key_id',
    pattern: /^(?:A3T[A-Z0-9]|AKIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ASIA)[A-Z0-9]{16}$/,
    invalid:
      "invalid 'access_key_id' parameter format. The access key ID must be a valid AWS access key ID. The valid format is: (A3T[A-Z0-9]|AKIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ASIA)[A-Z0-9]{16}",
  },
  {
    name: 'secret_access_key',
    pattern: /^[A-Za-z0-9/+]{40}$/,
    invalid:
      "invalid 'secret_access_key' parameter format. The secret access key must be a valid AWS secret access key. The valid format is: [A-Za-z0-9/+]{40}",
  },
] as const

function readData(given: ReadonlyMap<string, unknown>): IssuerData {
  const texts = MEMBERS.map(({ name }) => [name, textIn(given, name)] as const)
  if (given.size > MEMBERS.length) {
    throw invalid(
      'invalid parameter received in data. Only access_key_id and secret_access_key are allowed',
    )
  }
  const data = new Map<string, string>(texts)
  const wrong = MEMBERS.find(({ name, pattern }) => !pattern.test(data.get(name) ?? ''))
  if (wrong !== undefined) throw invalid(wrong.invalid)
  return data
}

function textIn(given: ReadonlyMap<string, unknown>, name: string): string {
  const value = given.get(name) ?? ''
  if (value === '') throw invalid(`${name} is a required parameter and must be specified`)
  if (typeof value !== 'string') throw invalid(`the '${name}' parameter must be a string`)
  return value
}

const invalid = (message: string): Failure => new Failure('unprocessable_entity', message)
