import type { Gate } from '#app/gate.ts'
import type { AuditSink } from '#audit/sink.ts'
import type { ReadMetrics } from '#http/routes/metrics.ts'
import type { Traffic } from '#http/traffic.ts'
import { gauge } from '#lib/metrics.ts'
import type { Metric, Sample } from '#lib/metrics.ts'

/** What the metrics of a server are read from. */
export interface MetricsParts {
  readonly traffic: Traffic
  readonly gate: Gate
  readonly sink: AuditSink | undefined
  /** The types of authenticator that there are, and the instances that the settings enable. */
  readonly installed: readonly string[]
  readonly enabled: readonly string[]
  readonly version: string
}

/** The metrics of a server: those of reference/conjur-api.md 7.5 under their names, and our own. */
export function createMetrics(parts: MetricsParts): ReadMetrics {
  return async () => {
    const { graph, authenticators } = await parts.gate.pass()
    const { roles, resources } = graph.census()
    const enabled = new Set([...parts.enabled, ...authenticators.enabled()])
    return [
      ...parts.traffic.metrics(),
      gauge('conjur_resource_count', 'Resources by kind.', byKind(resources)),
      gauge('conjur_role_count', 'Roles by kind.', byKind(roles)),
      gauge('conjur_server_authenticator', 'Authenticators by type and status.', [
        ...byType('installed', parts.installed),
        ...byType('configured', authenticators.configured().map(typeOf)),
        ...byType('enabled', Array.from(enabled, typeOf)),
      ]),
      ...own(parts),
    ]
  }
}

const byKind = (counts: ReadonlyMap<string, number>): readonly Sample[] =>
  bounded(counts).map(([kind, value]) => ({ labels: { kind }, value }))

function byType(status: string, types: readonly string[]): readonly Sample[] {
  const counts = new Map<string, number>()
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1)
  return bounded(counts).map(([type, value]) => ({ labels: { type, status }, value }))
}

/** How many values a label may have: there are some twenty kinds and ten types, but a policy or an import may name any number. */
const MOST_VALUES = 40

/** The most frequent counts, and all others together as `other`, so that no policy makes more than so many series. */
export function bounded(
  counts: ReadonlyMap<string, number>,
): readonly (readonly [string, number])[] {
  if (counts.size <= MOST_VALUES) return [...counts]
  const byCount = [...counts].toSorted(([, one], [, other]) => other - one)
  const others = byCount.slice(MOST_VALUES).reduce((sum, [, count]) => sum + count, 0)
  return [...byCount.slice(0, MOST_VALUES), ['other', others]]
}

/** The type of an instance: `authn-jwt/kube` is one of `authn-jwt`. */
const typeOf = (instance: string): string => instance.split('/', 1)[0] ?? instance

function own({ sink, version }: MetricsParts): readonly Metric[] {
  const { user, system } = process.cpuUsage()
  const lines: readonly Metric[] =
    sink === undefined
      ? []
      : [
          counted('strongroom_audit_lines_total', 'Audit lines that left.', sink.sent),
          counted('strongroom_audit_lines_lost_total', 'Audit lines that were lost.', sink.lost),
          gauge('strongroom_audit_lines_waiting', 'Audit lines that wait to leave.', [
            { labels: {}, value: sink.waiting },
          ]),
        ]
  return [
    gauge('strongroom_info', 'The version that runs.', [{ labels: { version }, value: 1 }]),
    ...lines,
    counted('process_cpu_seconds_total', 'CPU time of the server.', (user + system) / 1e6),
    gauge('process_resident_memory_bytes', 'Memory of the server.', [
      { labels: {}, value: process.memoryUsage.rss() },
    ]),
  ]
}

const counted = (name: string, help: string, value: number): Metric => ({
  name,
  help,
  type: 'counter',
  samples: [{ labels: {}, value }],
})
