import { PATHS } from '#api/paths.ts'
import { METRICS_TYPE, printMetrics } from '#lib/metrics.ts'
import type { Metric } from '#lib/metrics.ts'
import { STATUS } from '#http/about/status.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'

/** All metrics of a server, as they are now. */
export type ReadMetrics = () => Promise<readonly Metric[]>

/** Metrics for Prometheus, where they are switched on (reference/conjur-api.md 7.5): to everybody, as scrapers have no tokens. */
export const metricsRoutes = (read: ReadMetrics | undefined): readonly Route[] =>
  read === undefined
    ? []
    : [
        route(
          'GET',
          PATHS.metrics,
          STATUS.metrics,
          async () => ({ status: 200, type: METRICS_TYPE, body: printMetrics(await read()) }),
          { access: 'open' },
        ),
      ]
