import assert from 'node:assert/strict'

/** One line of metrics: its name, its labels and its number. */
export interface ParsedSample {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
}

/** The metrics of an exposition by name. */
export interface Parsed {
  readonly types: ReadonlyMap<string, string>
  readonly samples: readonly ParsedSample[]
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y

/**
 * Reads the text format of Prometheus, version 0.0.4, as strictly as it is described: one HELP and one TYPE before the samples of a
 * metric, all of which stand together, every series once, histograms whole and ascending. Throws what is wrong.
 */
export function parsePrometheus(text: string): Parsed {
  assert.ok(text.endsWith('\n'), 'the last line does not end')
  const types = new Map<string, string>()
  const samples: ParsedSample[] = []
  const series = new Set<string>()
  let current = ''
  for (const line of text.slice(0, -1).split('\n')) {
    const [, what, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? []
    if (what === 'HELP') {
      assert.match(name, NAME)
      assert.ok(!types.has(name), `${name} comes twice`)
      current = name
    } else if (what === 'TYPE') {
      assert.equal(name, current, 'TYPE follows HELP')
      assert.match(rest, /^(?:counter|gauge|histogram)$/)
      types.set(name, rest)
    } else {
      const sample = sampleIn(line)
      assert.equal(baseOf(sample.name, types), current, `${line} stands apart from its metric`)
      const key = JSON.stringify([sample.name, printed(sample.labels)])
      assert.ok(!series.has(key), `${line} comes twice`)
      series.add(key)
      samples.push(sample)
    }
  }
  for (const [name, type] of types) {
    if (type === 'histogram') mustBeHistogram(name, samples)
    if (type === 'counter') assert.match(name, /_total$/)
  }
  return { types, samples }
}

const printed = (labels: ReadonlyMap<string, string>): string =>
  [...labels]
    .map((label) => label.join('='))
    .toSorted()
    .join(',')

function sampleIn(line: string): ParsedSample {
  const [, name = '', list = '', number = ''] = SAMPLE.exec(line) ?? []
  assert.notEqual(name, '', `${line} is no sample`)
  const labels = new Map<string, string>()
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < list.length) {
    const [, label = '', value = ''] = LABEL.exec(list) ?? []
    assert.notEqual(label, '', `${list} is no list of labels`)
    assert.ok(!labels.has(label), `${label} comes twice`)
    labels.set(label, value)
  }
  const value = number === '+Inf' ? Infinity : Number(number)
  assert.ok(!Number.isNaN(value), `${number} is no number`)
  return { name, labels, value }
}

/** A histogram has samples of other names than its own. */
function baseOf(name: string, types: ReadonlyMap<string, string>): string {
  const base = name.replace(/_(?:bucket|sum|count)$/, '')
  return types.get(base) === 'histogram' ? base : name
}

function mustBeHistogram(name: string, samples: readonly ParsedSample[]): void {
  const keyOf = ({ labels }: ParsedSample): string =>
    printed(new Map([...labels].filter(([label]) => label !== 'le')))
  const of = (suffix: string): Map<string, ParsedSample[]> =>
    Map.groupBy(
      samples.filter((sample) => sample.name === name + suffix),
      keyOf,
    )
  const counts = of('_count')
  assert.deepEqual([...of('_sum').keys()], [...counts.keys()])
  for (const [key, buckets] of of('_bucket')) {
    const bounds = buckets.map(({ labels }) => labels.get('le') ?? '')
    assert.equal(bounds.at(-1), '+Inf')
    const ascending = bounds.slice(0, -1).map(Number)
    assert.deepEqual(
      ascending,
      ascending.toSorted((one, other) => one - other),
    )
    const totals = buckets.map(({ value }) => value)
    assert.deepEqual(
      totals,
      totals.toSorted((one, other) => one - other),
    )
    assert.equal(counts.get(key)?.[0]?.value, totals.at(-1))
  }
}
