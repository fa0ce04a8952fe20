import {
  METHOD_ANNOTATION,
  DYNAMIC_PREFIX,
  parametersIn,
  TTL_ANNOTATION,
} from './dynamic-variable.ts'
import type { IssueMethod, IssuerKind } from './issuer-kinds.ts'

/** What is wrong with the annotations of a dynamic variable, in the words of the Conjur API where it has words for it. */
export interface DynamicFault {
  /** The annotation that is wrong; it may be missing. */
  readonly annotation: string
  readonly message: string
}

/**
 * What keeps an issuer from making the secrets of a variable whose annotations are these (reference/conjur-api.md 1.11): its method, its
 * life, which must suit both the method and the issuer, and the parameters of the method.
 */
export function methodFaults(
  variable: string,
  kind: IssuerKind,
  maxTtl: number,
  annotations: ReadonlyMap<string, string>,
): readonly DynamicFault[] {
  const name = annotations.get(METHOD_ANNOTATION) ?? ''
  const method = kind.methods.get(name)
  if (method === undefined) {
    return [{ annotation: METHOD_ANNOTATION, message: methodFault(variable, kind, name) }]
  }
  const parameters = method
    .faults(parametersIn(annotations))
    .map(({ parameter, message }) => ({ annotation: `${DYNAMIC_PREFIX}${parameter}`, message }))
  return [...ttlFaults(variable, method, maxTtl, annotations.get(TTL_ANNOTATION)), ...parameters]
}

function methodFault(variable: string, { methods }: IssuerKind, name: string): string {
  if (name === '') {
    return `The variable definition for dynamic secret "${variable}" requires a 'method' annotation.`
  }
  const allowed = [...methods.keys()].toSorted().join(', ')
  return `The 'method' annotation in the variable definition for dynamic secret "${variable}" is not valid. Allowed values: ${allowed}`
}

function ttlFaults(
  variable: string,
  { printed, minTtl, maxTtl }: IssueMethod,
  issuerMaxTtl: number,
  asked: string | undefined,
): readonly DynamicFault[] {
  if (asked === undefined) return []
  const fault = (message: string): readonly DynamicFault[] => [
    { annotation: TTL_ANNOTATION, message },
  ]
  const ttl = /^\d{1,9}$/.test(asked) ? Number(asked) : Number.NaN
  if (!(ttl >= minTtl && ttl <= maxTtl)) {
    const range = `${seconds(minTtl)}-${seconds(maxTtl)}`
    return fault(
      `The TTL defined for dynamic secret '${variable}' (method=${printed}) is out of the allowed range: ${range} seconds.`,
    )
  }
  if (ttl <= issuerMaxTtl) return []
  return fault(
    `The TTL of the dynamic secret must be less than or equal to the maximum TTL defined in the issuer. (Max TTL: ${issuerMaxTtl})`,
  )
}

/** `43,200`, whatever the language of the machine. */
const seconds = (count: number): string => count.toLocaleString('en-US')
