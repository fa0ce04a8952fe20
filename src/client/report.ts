import { Failure } from '#lib/failure.ts'
import { printable } from './printable.ts'

/** The lines that tell a person of `failure`: the message, below it the hint, all lines but the first indented. */
export function describeFailure(failure: Failure): string {
  const lines = [failure.message, ...(failure.hint === undefined ? [] : [failure.hint])]
  return `strongroom: ${printable(lines.join('\n')).replaceAll('\n', '\n  ')}\n`
}

/**
 * The lines that tell a person of `error`. Of a bug they name the place and not the message, which could hold anything.
 */
export function describeError(error: unknown): string {
  if (error instanceof Failure) return describeFailure(error)
  const name = error instanceof Error ? error.name : typeof error
  const place = error instanceof Error ? /^ +(at .*)$/m.exec(error.stack ?? '')?.[1] : undefined
  return `strongroom: internal error: ${printable(`${name} ${place ?? ''}`.trim())}\n`
}

/** The exit code of a command that ends with `error`; 1 for a bug. */
export const exitCodeOf = (error: unknown): number =>
  error instanceof Failure ? error.exitCode : 1
