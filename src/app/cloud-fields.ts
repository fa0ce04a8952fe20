import { field, URI } from './authenticator-field.ts'
import type { AuthenticatorField } from './authenticator-field.ts'
import { httpUri, truth } from './setting-shapes.ts'

/** What configures the authenticator of Azure. */
export const AZURE: readonly AuthenticatorField[] = [
  field(
    'provider-uri',
    'the tenant whose identities log in: `https://sts.windows.net/TENANT/`, or `https://login.microsoftonline.com/TENANT/v2.0` for tokens of version 2',
    { isRequired: true, longest: URI, shape: httpUri },
  ),
  field(
    'audience',
    'the `aud` that tokens must have; without it, a token that the workload got for another service is accepted',
    { longest: 1000 },
  ),
]

/** What configures the authenticator of AWS. */
export const IAM: readonly AuthenticatorField[] = [
  field(
    'optional-signed-headers',
    'names of headers, between semicolons, that clients may sign beside `host`, `x-amz-date`, `x-amz-security-token` and `x-amz-content-sha256`',
    { longest: 1000 },
  ),
  field(
    'regions',
    'the regions whose AWS STS is asked, between commas; `global` is sts.amazonaws.com. All of the partitions `aws` and `aws-us-gov` when absent; others are asked only when they are listed',
    { form: 'list' },
  ),
  field(
    'server-id',
    'what the signed header `x-strongroom-server-id` must hold, so that what was signed for another server proves nothing here; no such header is needed when absent',
    { longest: 255 },
  ),
  field('single-use', '`true` lets a signed request prove somebody once, and not for 15 minutes', {
    shape: truth,
  }),
]
