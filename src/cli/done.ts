import type { CliContext } from './context.ts'

/** Tells that something was done: in a sentence to people, as facts to programs. */
export const done = (
  context: Pick<CliContext, 'show'>,
  sentence: string,
  facts: Readonly<Record<string, unknown>>,
): Promise<void> => context.show({ data: { done: sentence, ...facts }, plain: `${sentence}\n` })
