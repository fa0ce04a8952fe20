import { Failure } from '#lib/failure.ts'

/** What is wrong with a template, and in which of its lines. The message must hold nothing but what the template itself says. */
export const templateFault = (line: number, message: string): Failure =>
  new Failure('configuration', `template, line ${line}: ${message}`)
