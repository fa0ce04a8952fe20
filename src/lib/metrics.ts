/** The labels of a sample: names to values. Their values are of a small, closed set each: never an id, a path or a text of a caller. */
export type Labels = Readonly<Record<string, string>>

/** One number of a metric. */
export interface Sample {
  /** What follows the name of the metric: `_bucket`, `_sum`, `_count`. */
  readonly suffix?: string
  readonly labels: Labels
  readonly value: number
}

/** A metric as it is exposed. */
export interface Metric {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly samples: readonly Sample[]
}

/** Counts what happened, by labels. */
export interface Counter {
  add(labels: Labels, amount?: number): void
  metric(): Metric
}

/** Counts how long things took, by labels. */
export interface Histogram {
  observe(labels: Labels, value: number): void
  metric(): Metric
}

const keyOf = (labels: Labels): string => JSON.stringify(labels)

/** A counter that stands at 0. */
export function createCounter(name: string, help: string): Counter {
  const counts = new Map<string, { readonly labels: Labels; value: number }>()
  return {
    add(labels, amount = 1) {
      const known = counts.get(keyOf(labels))
      if (known === undefined) counts.set(keyOf(labels), { labels, value: amount })
      else known.value += amount
    },
    metric: () => ({ name, help, type: 'counter', samples: [...counts.values()] }),
  }
}

/** A histogram over buckets with these upper bounds, ascending. */
export function createHistogram(name: string, help: string, bounds: readonly number[]): Histogram {
  interface Series {
    readonly labels: Labels
    readonly counts: number[]
    sum: number
  }
  const all = new Map<string, Series>()
  const seriesOf = (labels: Labels): Series => {
    const key = keyOf(labels)
    const known = all.get(key) ?? { labels, counts: [...bounds, Infinity].map(() => 0), sum: 0 }
    all.set(key, known)
    return known
  }
  return {
    observe(labels, value) {
      const series = seriesOf(labels)
      const bucket = bounds.findIndex((bound) => value <= bound)
      const index = bucket === -1 ? bounds.length : bucket
      series.counts[index] = (series.counts[index] ?? 0) + 1
      series.sum += value
    },
    metric: () => ({
      name,
      help,
      type: 'histogram',
      samples: [...all.values()].flatMap((series) => samplesOf(series, bounds)),
    }),
  }
}

function samplesOf(
  {
    labels,
    counts,
    sum,
  }: { readonly labels: Labels; readonly counts: readonly number[]; readonly sum: number },
  bounds: readonly number[],
): readonly Sample[] {
  let total = 0
  const buckets = [...bounds.map(String), '+Inf'].map((le, index): Sample => {
    total += counts[index] ?? 0
    return { suffix: '_bucket', labels: { ...labels, le }, value: total }
  })
  return [
    ...buckets,
    { suffix: '_sum', labels, value: sum },
    { suffix: '_count', labels, value: total },
  ]
}

/** A metric that is measured when it is asked for. */
export const gauge = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  name,
  help,
  type: 'gauge',
  samples,
})

/** The content type of {@link printMetrics}. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Metrics in the text format of Prometheus, version 0.0.4. */
export const printMetrics = (metrics: readonly Metric[]): string =>
  metrics.map(printMetric).join('')

function printMetric({ name, help, type, samples }: Metric): string {
  const lines = samples.map(
    ({ suffix = '', labels, value }) => `${name}${suffix}${printLabels(labels)} ${value}`,
  )
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n')
}

function printLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escaped = (value: string): string =>
  value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
