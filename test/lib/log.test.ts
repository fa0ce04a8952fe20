import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#lib/failure.ts'
import { jsonLog, textLog } from '#lib/log.ts'
import type { LogLevel } from '#lib/log.ts'

const at = new Date('2026-01-02T03:04:05.678Z')

function logged(level: LogLevel, write: (log: ReturnType<typeof jsonLog>) => void): unknown[] {
  const lines: string[] = []
  write(
    jsonLog(
      level,
      (line) => lines.push(line),
      () => at,
    ),
  )
  return lines.map((line): unknown => JSON.parse(line))
}

test('a line is one JSON object with time, level, message and facts', () => {
  assert.deepEqual(
    logged('info', (log) => log.warn('late', { ms: 7 })),
    [{ at: at.toISOString(), level: 'warn', message: 'late', ms: 7 }],
  )
})

test('a log leaves out what matters less than its level', () => {
  const lines = logged('warn', (log) => {
    log.debug('a')
    log.info('b')
    log.warn('c')
    log.error('d')
  })
  assert.equal(lines.length, 2)
})

test('a text with line breaks stays one line', () => {
  const lines: string[] = []
  jsonLog(
    'info',
    (line) => lines.push(line),
    () => at,
  ).info('one\ntwo\u2028three')
  assert.equal(lines.length, 1)
  assert.equal(lines[0]?.trimEnd().includes('\n'), false)
})

test('an error shows its code and its cause', () => {
  const cause = new Error('connection refused')
  const [line] = logged('info', (log) =>
    log.error('failed', { error: new Failure('unavailable', 'the database is away', { cause }) }),
  )
  assert.partialDeepStrictEqual(line, {
    error: {
      name: 'Failure',
      code: 'unavailable',
      message: 'the database is away',
      cause: { message: 'connection refused' },
    },
  })
})

test('a line for reading has time, level, message and facts on one line', () => {
  const lines: string[] = []
  const log = textLog(
    'info',
    (line) => lines.push(line),
    () => at,
  )
  log.warn('late', { ms: 7, path: '/x', nothing: undefined })
  log.debug('too chatty')
  log.info('two\nlines', { odd: 'a\u001B[31mb', list: ['a'] })
  assert.deepEqual(lines, [
    `${at.toISOString()} WARN  late ms=7 path=/x\n`,
    `${at.toISOString()} INFO  "two\\nlines" odd="a\\u001b[31mb" list=["a"]\n`,
  ])
})
