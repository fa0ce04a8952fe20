import { createLockOut } from '#app/lock-out.ts'
import type { AuditSink } from '#audit/sink.ts'
import { addressReader } from '#http/client-address.ts'
import { certificateReader } from '#http/client-certificates.ts'
import { createListener } from '#http/listener.ts'
import type { Listener } from '#http/listener.ts'
import { routeTable } from '#http/route-table.ts'
import { createRoutes } from '#http/router.ts'
import type { Traffic } from '#http/traffic.ts'
import type { Log } from '#lib/log.ts'
import type { OpenStore } from '#storage/postgres/store.ts'
import { lockOutRule } from './lock-out-rule.ts'
import { createMetrics } from './metrics.ts'
import { readMfaPage } from './mfa-page.ts'
import type { Settings } from './settings.ts'
import { createUseCases, installedAuthenticators } from './use-cases.ts'
import type { NodeParts } from './use-cases.ts'

/** A node that could serve. */
export interface PreparedNode extends Omit<NodeParts, 'lockOut'> {
  readonly store: OpenStore
}

/** What a node answers requests with, whatever its settings are. */
export interface ServiceParts {
  readonly node: PreparedNode
  readonly log: Log
  readonly version: string
  readonly sink: AuditSink | undefined
  /** Counts on when the settings change. */
  readonly traffic: Traffic
}

/** Answers requests as the settings say. */
export function createService(
  { node, sink, traffic, log, version }: ServiceParts,
  settings: Settings,
): Listener {
  const { store, gate, tokens, clock } = node
  const lockOut = createLockOut({ store, clock, rule: lockOutRule(settings) })
  const uses = createUseCases({ ...node, lockOut }, settings)
  const metrics = {
    metrics: createMetrics({
      traffic,
      gate,
      sink,
      installed: installedAuthenticators,
      enabled: settings.authenticators,
      version,
    }),
  }
  const router = createRoutes(
    routeTable(uses, {
      version,
      mfaPage: readMfaPage(),
      ready: () => store.ping(),
      maxListed: settings.resourceListLimit,
      hostFactories: settings.hostFactories,
      issuers: settings.dynamicSecrets,
      ...(settings.metrics ? metrics : {}),
    }),
  )
  return createListener({
    router,
    log,
    ...(settings.metrics ? { traffic } : {}),
    readToken: (authorization, origin) => tokens.read(authorization, origin),
    readAddress: addressReader(settings.trustedProxies),
    readCertificates: certificateReader({
      addresses: settings.certificateProxies,
      header: settings.certificateHeader,
    }),
  })
}
