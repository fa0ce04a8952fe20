import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePrometheus } from './prometheus.ts'
import { createCounter, createHistogram, gauge, printMetrics } from '#lib/metrics.ts'

test('a counter counts by its labels', () => {
  const counter = createCounter('asked_total', 'What was asked.')
  counter.add({ code: '200' })
  counter.add({ code: '200' })
  counter.add({ code: '404' }, 5)
  assert.equal(
    printMetrics([counter.metric()]),
    [
      '# HELP asked_total What was asked.',
      '# TYPE asked_total counter',
      'asked_total{code="200"} 2',
      'asked_total{code="404"} 5',
      '',
    ].join('\n'),
  )
})

test('a histogram counts what is not above each bound, sums and counts all', () => {
  const histogram = createHistogram('took_seconds', 'How long.', [0.1, 1])
  for (const seconds of [0.1, 0.5, 2]) histogram.observe({ operation: 'x' }, seconds)
  assert.deepEqual(printMetrics([histogram.metric()]).split('\n').slice(2), [
    'took_seconds_bucket{operation="x",le="0.1"} 1',
    'took_seconds_bucket{operation="x",le="1"} 2',
    'took_seconds_bucket{operation="x",le="+Inf"} 3',
    'took_seconds_sum{operation="x"} 2.6',
    'took_seconds_count{operation="x"} 3',
    '',
  ])
})

test('a label cannot end its quotation', () => {
  const metric = gauge('odd', 'Odd.', [{ labels: { kind: 'a"b\\c\nd' }, value: 1 }])
  assert.match(printMetrics([metric]), /odd\{kind="a\\"b\\\\c\\nd"\} 1\n/)
  assert.equal(parsePrometheus(printMetrics([metric])).samples.length, 1)
})
