import type { Attribute } from '#domain/attestation.ts'
import type { Principal } from './principal.ts'

/** The attributes that the id of a host is about. */
export const ACCOUNT = 'aws.account'
export const ROLE = 'aws.role'
export const USER = 'aws.user'

/** What AWS says of whoever signed a request for a region. Where the signer runs it does not say: everybody may ask in every region. */
export function attributesOf(principal: Principal, region: string): readonly Attribute[] {
  const { partition, account, arn, userId } = principal
  const told = {
    [ACCOUNT]: account,
    'aws.partition': partition,
    'aws.region': region,
    'aws.arn': arn,
    'aws.user-id': userId,
    ...ownOf(principal),
  }
  return Object.entries(told).map(([name, value]) => ({ name, values: [value], source: 'AWS STS' }))
}

const ownOf = (principal: Principal): Readonly<Record<string, string>> =>
  principal.kind === 'user'
    ? { [USER]: principal.user }
    : {
        [ROLE]: principal.role,
        'aws.role.id': principal.roleId,
        'aws.role.session': principal.session,
      }
