import { randomBytes } from 'node:crypto'
import { createIssuer, deleteIssuer, updateIssuer } from '#app/change-issuers.ts'
import type { DynamicPolicyParts } from '#app/dynamic-policy.ts'
import { createDynamicSecrets } from '#app/dynamic-secrets.ts'
import type { DynamicSecrets } from '#app/dynamic-secrets.ts'
import { listIssuers, showIssuer } from '#app/issuers.ts'
import type { IssuerUses } from '#http/routes/issuers.ts'
import { issuerKinds } from '#issuers/table.ts'
import { outboundOf } from './outbound.ts'
import type { Settings } from './settings.ts'
import type { NodeParts } from './use-cases.ts'

/** Issuers, and what they mean for secrets and for policies; of the latter nothing where the settings have no dynamic secrets. */
export interface Issuing {
  readonly uses: IssuerUses
  readonly dynamicSecrets: DynamicSecrets | undefined
  readonly dynamicPolicy: DynamicPolicyParts | undefined
}

/** Everything about issuers, over the parts of this node. */
export function issuing(node: NodeParts, settings: Settings): Issuing {
  const kinds = issuerKinds({
    outbound: node.issuerCalls ?? outboundOf(settings),
    now: node.clock,
    endpoint: settings.awsStsEndpoint,
  })
  const parts = { ...node, kinds }
  const { dynamicSecrets: isOn, dynamicSecretsPerRequest: maxPerRequest } = settings
  const secrets = { ...parts, maxPerRequest, newTag: () => randomBytes(4).toString('hex') }
  return {
    uses: {
      createIssuer: createIssuer(parts),
      showIssuer: showIssuer(parts),
      listIssuers: listIssuers(parts),
      updateIssuer: updateIssuer(parts),
      deleteIssuer: deleteIssuer(parts),
    },
    dynamicSecrets: isOn ? createDynamicSecrets(secrets) : undefined,
    dynamicPolicy: isOn ? parts : undefined,
  }
}
