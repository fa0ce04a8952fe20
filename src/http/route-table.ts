import type { LoadPolicy } from '#app/load-policy.ts'
import type { ReadAudit } from '#app/read-audit.ts'
import type { WhoAmI } from '#app/who-am-i.ts'
import type { Route } from './route.ts'
import { auditRoutes } from './routes/audit.ts'
import { authnRoutes } from './routes/authn.ts'
import type { AuthnUses } from './routes/authn.ts'
import { policyRoutes } from './routes/policies.ts'
import { resourceRoutes } from './routes/resources.ts'
import type { ResourceUses } from './routes/resources.ts'
import { secretRoutes } from './routes/secrets.ts'
import type { SecretUses } from './routes/secrets.ts'
import { statusRoutes } from './routes/status.ts'

/** Every use-case that a route calls. */
export interface Uses extends AuthnUses, ResourceUses, SecretUses {
  readonly loadPolicy: LoadPolicy
  readonly readAudit: ReadAudit
  readonly whoAmI: WhoAmI
}

/** What the routes know of the program that they run in. */
export interface ServerFacts {
  /** Resolves when requests can be served; throws `unavailable` otherwise. */
  readonly ready: () => Promise<void>
  /** Our own version. */
  readonly version: string
}

/** All routes of the server: the one list that says what may be asked of it, and by whom. */
export const routeTable = (uses: Uses, facts: ServerFacts): readonly Route[] => [
  ...statusRoutes({ whoAmI: uses.whoAmI, ...facts }),
  ...authnRoutes(uses),
  ...secretRoutes(uses),
  ...resourceRoutes(uses),
  ...policyRoutes(uses),
  ...auditRoutes(uses),
]
