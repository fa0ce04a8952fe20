import { demandFault } from '#domain/factor-demand.ts'
import { Failure } from '#lib/failure.ts'

/**
 * Throws `unprocessable_entity` when one of the annotations demands a second factor in a way that cannot be read: what a policy is refused for
 * cannot come in another way.
 */
export function mustBeReadable(annotations: ReadonlyMap<string, string>): void {
  for (const [name, value] of annotations) {
    const fault = demandFault(name, value)
    if (fault !== undefined) {
      throw new Failure('unprocessable_entity', `${fault.message}: ${fault.advice}`)
    }
  }
}
