import { Failure } from '#lib/failure.ts'
import { createCounter, createHistogram } from '#lib/metrics.ts'
import type { Metric } from '#lib/metrics.ts'
import { operationOf } from './operations.ts'
import type { Route } from './route.ts'

/** One request that is measured. */
export interface Exchange {
  /** The route that serves it; without one the operation is unknown. */
  of(route: Route): void
  /** It was answered; `error` when what it asked for failed. */
  end(status: number, error?: unknown): void
}

/** Counts and times requests under the names of reference/conjur-api.md 7.5. */
export interface Traffic {
  begin(): Exchange
  metrics(): readonly Metric[]
}

/** From half a millisecond, which is what a read takes, to ten seconds. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Counts that begin at nothing; `now` gives milliseconds that never go back. */
export function createTraffic(now: () => number): Traffic {
  const requests = createCounter(
    'conjur_http_server_requests_total',
    'Requests by operation and status.',
  )
  const durations = createHistogram(
    'conjur_http_server_request_duration_seconds',
    'How long requests took, by operation.',
    SECONDS,
  )
  const exceptions = createCounter(
    'conjur_http_server_request_exceptions_total',
    'Requests that failed, by operation and code of the failure.',
  )
  return {
    begin() {
      const startedAt = now()
      let route: Route | undefined
      return {
        of(found) {
          route = found
        },
        end(status, error) {
          const operation = operationOf(route)
          requests.add({ code: String(status), operation })
          durations.observe({ operation }, (now() - startedAt) / 1000)
          if (error !== undefined)
            exceptions.add({ operation, exception: nameOf(error), message: '' })
        },
      }
    },
    metrics: () => [requests.metric(), durations.metric(), exceptions.metric()],
  }
}

/** The message is left out: it names what was asked for. */
const nameOf = (error: unknown): string =>
  error instanceof Failure ? error.code : 'internal_error'
