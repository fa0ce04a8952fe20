import { fillPath, PATHS } from '#api/paths.ts'
import { fakeSts, KEY_ID, SECRET } from '../issuers/fake-sts.ts'
import type { FakeSts } from '../issuers/fake-sts.ts'
import { ACCOUNT, mustBe, NOW, openNode, secretPath } from './harness.ts'
import type { NodeOptions, TestNode } from './harness.ts'
import type { Caller, Reply } from './client.ts'

/** The path of an issuer. */
export const issuerPath = (id: string, account: string = ACCOUNT): string =>
  fillPath(PATHS.issuer, { account, id })

/** The path of all issuers. */
export const ISSUERS: string = fillPath(PATHS.issuers, { account: ACCOUNT })

/** What an issuer that AWS knows proves itself with. */
export const DATA: Readonly<Record<'access_key_id' | 'secret_access_key', string>> = {
  access_key_id: KEY_ID,
  secret_access_key: SECRET,
}

/** A body for an issuer, with `more` instead of the ordinary. */
export const issuerBody = (more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ id: 'aws1', type: 'aws', max_ttl: 2000, data: DATA, ...more })

/** Makes an issuer, whatever comes of it. */
export const makeIssuer = (
  caller: Caller,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Reply> => caller.post(ISSUERS, issuerBody(more))

/** Deletes something, whatever comes of it. */
export const remove = (caller: Caller, path: string): Promise<Reply> =>
  caller.send({ method: 'DELETE', path })

/** A node whose issuers reach a stand-in for AWS, and the policy that dynamic variables are declared in. */
export interface IssuerNode extends TestNode {
  readonly sts: FakeSts
}

/** Opens one, with the policy `data/dynamic` and, unless it is told otherwise, the issuer `aws1`. */
export async function issuerNode(
  options: NodeOptions & { readonly issuer?: false } = {},
): Promise<IssuerNode> {
  const sts = fakeSts(() => NOW)
  const node = await openNode({ issuerCalls: sts, ...options })
  if (options.issuer !== false) mustBe(201, await makeIssuer(node.admin))
  await node.load('- !policy { id: data, body: [ !policy dynamic ] }\n- !user alice\n- !user bob')
  return Object.assign(node, { sts })
}

/** A role of AWS. */
export const ROLE = 'arn:aws:iam::123456789012:role/deploy'

/** The annotations of variables whose values `aws1` makes, one by each method. */
export const FEDERATED = 'dynamic/issuer: aws1, dynamic/method: federation-token'
export const ASSUMED: string = `dynamic/issuer: aws1, dynamic/method: assume-role, dynamic/role-arn: "${ROLE}"`

/** Where such variables are declared. */
export const BRANCH: { readonly branch: string } = { branch: 'data/dynamic' }

/** The value of the variable `db` there. */
export const DB: string = secretPath('data/dynamic/db')

/** The declaration of a variable with these annotations, in YAML's flow style. */
export const variable = (annotations: string, id: string = 'db'): string =>
  `- !variable { id: ${id}, annotations: { ${annotations} } }`

/** The refusal of a body that is not what the API takes. */
export const bad = (message: string): Readonly<Record<string, string>> => ({
  code: 'bad_request',
  message,
})

/** The issuer `aws1` as the API shows it. */
export const SHOWN: Readonly<Record<string, unknown>> = {
  id: 'aws1',
  account: ACCOUNT,
  max_ttl: 2000,
  type: 'aws',
  data: { ...DATA, secret_access_key: '*****' },
  created_at: '2025-06-15T15:06:40.000+00:00',
  modified_at: '2025-06-15T15:06:40.000+00:00',
}
