import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDuration, parseTime, printSeconds } from '#lib/iso8601.ts'

test('a time is read with every zone, with and without seconds', () => {
  for (const text of [
    '2050-12-31T00:00:00Z',
    '2050-12-31T00:00:00+00:00',
    '2050-12-31T00:00:00.000Z',
    '2050-12-31T00:00:00.0Z',
    '2050-12-31T02:00+02',
    '2050-12-31T02:00:00+0200',
    '2050-12-30T19:00:00-05:00',
    '2050-12-31T00:00:00',
    '2050-12-31',
    '2050-12-31t00:00:00z',
  ]) {
    assert.equal(parseTime(text)?.toISOString(), '2050-12-31T00:00:00.000Z', text)
  }
  const fine = parseTime('2050-12-31T00:00:00.123456789Z')
  assert.equal(fine?.toISOString(), '2050-12-31T00:00:00.123Z')
})

test('what is no time is none', () => {
  for (const text of [
    '',
    'not-iso-string',
    '2050-13-01',
    '2050-02-30T00:00:00Z',
    '2050-12-31T24:01:00Z',
    '2050-12-31T00:60:00Z',
    '2050-12-31T00:00:00+99:00',
    '2050-12-31 00:00:00',
    ' 2050-12-31',
    '12050-12-31',
    'December 31, 2050',
  ]) {
    assert.equal(parseTime(text), undefined, text)
  }
})

test('a time is printed to the second', () => {
  assert.equal(printSeconds(new Date('2050-12-31T01:02:03.999Z')), '2050-12-31T01:02:03Z')
})

test('a duration is the sum of its parts', () => {
  const day = 86_400
  for (const [text, seconds] of [
    ['P1Y', 365 * day],
    ['P6M', (365 * day) / 2],
    ['P2W', 14 * day],
    ['P1DT12H', 1.5 * day],
    ['PT90M', 5400],
    ['PT5S', 5],
    ['P1Y1DT1H1M1S', 366 * day + 3661],
  ] as const) {
    assert.equal(parseDuration(text), seconds, text)
  }
})

test('what is no duration, or has no length, is none', () => {
  for (const text of [
    '',
    'P',
    'PT',
    'P1',
    '1D',
    'P1DT',
    'P0D',
    'PT0S',
    'P-1D',
    'P1H',
    'PT1D',
    'p1d',
  ])
    assert.equal(parseDuration(text), undefined, text)
})
