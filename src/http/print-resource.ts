import type { HostFactoryToken } from '#app/host-factory-store.ts'
import type { ResourceView } from '#app/resources.ts'
import type { PolicyVersion } from '#app/store.ts'
import { kindOf } from '#domain/id.ts'
import { printSeconds } from '#lib/iso8601.ts'

/** A time as the family's API prints it: milliseconds and a numeric zone. */
export const printTime = (time: Date): string => time.toISOString().replace('Z', '+00:00')

/** The member that says through which policy something was loaded, if through any. */
export const printPolicy = (policy: string | undefined): { readonly policy?: string } =>
  policy === undefined ? {} : { policy }

/** The JSON of a resource: the members that its kind has (reference/conjur-api.md 1.8). */
export function printResource(view: ResourceView): Readonly<Record<string, unknown>> {
  const { id, owner, policy, permissions, details } = view
  return {
    created_at: printTime(details.createdAt),
    id,
    owner,
    ...printPolicy(policy),
    permissions: permissions.map((permission) => ({
      privilege: permission.privilege,
      role: permission.role,
      ...printPolicy(permission.policy),
    })),
    annotations: details.annotations.map((annotation) => ({
      name: annotation.name,
      value: annotation.value,
      ...printPolicy(annotation.policy),
    })),
    ...printByKind(view),
  }
}

function printByKind(view: ResourceView): Readonly<Record<string, unknown>> {
  const { id, details, restrictedTo, showsPolicyText } = view
  switch (kindOf(id)) {
    case 'variable':
      return {
        secrets: details.secrets.map(({ version, expiresAt }) => ({
          version,
          expires_at: expiresAt === undefined ? null : printTime(expiresAt),
        })),
      }
    case 'policy':
      return {
        policy_versions: details.policyVersions.map((version) =>
          printVersion(version, showsPolicyText),
        ),
      }
    case 'host_factory':
      return printFactory(view.hostFactory)
    case 'user':
    case 'host':
      return { restricted_to: restrictedTo }
    default:
      return {}
  }
}

const printFactory = (factory: ResourceView['hostFactory']): Readonly<Record<string, unknown>> => ({
  ...(factory?.tokens === undefined ? {} : { tokens: factory.tokens.map(printToken) }),
  layers: factory?.layers ?? [],
})

/** INVARIANT: the token itself is nowhere, only its digest, which is not shown either. */
const printToken = ({ expiresAt, cidrs, usesLeft }: HostFactoryToken): unknown => ({
  expiration: printSeconds(expiresAt),
  cidr: cidrs,
  ...(usesLeft === undefined ? {} : { uses_left: usesLeft }),
})

/** INVARIANT: the text of a policy is shown only to those who may update it, never to a mere viewer. */
const printVersion = (
  version: PolicyVersion,
  showsText: boolean,
): Readonly<Record<string, unknown>> => ({
  version: version.version,
  created_at: printTime(version.createdAt),
  ...(showsText ? { policy_text: version.text } : {}),
  policy_sha256: version.sha256,
  finished_at: printTime(version.finishedAt),
  client_ip: version.clientIp,
  id: version.policy,
  role: version.role,
})
