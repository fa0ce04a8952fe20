import type { ParameterFault } from '#app/issuer-kinds.ts'
import { isRegion, USUAL_REGION } from './region.ts'

/** The longest policy that AWS takes with a request, in characters. */
const MAX_POLICY = 2048

/** The parameters that every method has: where it is asked for, and a policy that limits what the credentials may do. */
export const PARAMETERS = ['region', 'inline-policy'] as const

/** What is wrong with the common parameters, and with those that are not among `known`. */
export function commonFaults(
  parameters: ReadonlyMap<string, string>,
  known: readonly string[],
): readonly ParameterFault[] {
  const faults: ParameterFault[] = []
  for (const [parameter, value] of parameters) {
    if (!known.includes(parameter)) {
      const message = `The '${parameter}' annotation is not one of this method: it has ${known.join(', ')}`
      faults.push({ parameter, message })
    }
    if (parameter === 'region' && !isRegion(value)) {
      faults.push({ parameter, message: `The 'region' annotation is not the name of a region` })
    }
    if (parameter === 'inline-policy' && !isPolicy(value)) {
      const message = `The 'inline-policy' annotation is not a JSON object of at most ${MAX_POLICY} characters`
      faults.push({ parameter, message })
    }
  }
  return faults
}

/** The region to ask in. */
export const regionIn = (parameters: ReadonlyMap<string, string>): string =>
  parameters.get('region') ?? USUAL_REGION

/** The parameter of the request for the policy of a variable, if it has one. */
export const policyIn = (
  parameters: ReadonlyMap<string, string>,
): Readonly<Record<string, string>> => {
  const policy = parameters.get('inline-policy')
  return policy === undefined ? {} : { Policy: policy }
}

function isPolicy(text: string): boolean {
  if (text.length > MAX_POLICY) return false
  try {
    const policy: unknown = JSON.parse(text)
    return typeof policy === 'object' && policy !== null && !Array.isArray(policy)
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}
