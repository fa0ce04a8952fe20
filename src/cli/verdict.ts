import { Failure } from '#lib/failure.ts'
import type { CliContext } from './context.ts'

/** How a command that answers yes or no may answer. */
export interface VerdictOptions {
  /** Whether no is a failure. */
  readonly exitCode?: true
  /** The way of older scripts to ask for JSON. */
  readonly json?: true
}

const NO = {
  allowed: ['forbidden', 'not permitted'],
  exists: ['not_found', 'not found'],
} as const

/**
 * Shows `true` or `false`, and succeeds either way, as scripts expect; with `exitCode` a no throws `forbidden` or `not_found` after it was
 * shown.
 */
export async function showVerdict(
  context: CliContext,
  question: keyof typeof NO,
  verdict: boolean,
  { exitCode, json }: VerdictOptions,
): Promise<void> {
  const data = { [question]: verdict }
  await context.show(json === true ? { data } : { data, plain: `${verdict}\n` })
  const [code, message] = NO[question]
  if (exitCode === true && !verdict) throw new Failure(code, message)
}
