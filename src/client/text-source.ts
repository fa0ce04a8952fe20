import { Failure } from '#lib/failure.ts'
import { readProof } from './authentication.ts'
import type { TextSource } from './strongroom-options.ts'

/** The text of `source`, which `what` names; throws `configuration` when it is empty or cannot be read, and whatever a function throws. */
export async function textOf(source: TextSource, what: string): Promise<string> {
  const text: unknown = await given(source)
  if (typeof text === 'string' && text.trim() !== '') return text.trim()
  throw new Failure('configuration', `${what} is empty, or no text`)
}

function given(source: TextSource): string | Promise<string> {
  if (typeof source === 'function') return source()
  return typeof source === 'string' ? source : readProof(source.file)
}
