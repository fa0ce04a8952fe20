import { makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'

/** Whether there is a role. */
export type IsRole = (role: Id) => boolean

/** The login as it stands in a certificate: every slash is a dot (reference/kubernetes.md 1.2). */
export const dotted = (login: string): string => login.replaceAll('/', '.')

/** What stands before the common name of a request when no header says so. */
export const usualPrefix = (service: string): string => `host.conjur.authn-k8s.${service}.apps`

const HOST = 'host.'

/** Beyond this many dots only the first reading counts: each more of them doubles the others. */
const MAX_DOTS = 10

/**
 * The host that a dotted name stands for; `undefined` when it is none of a host. Every dot is a slash, as it is for Conjur, unless there is no such
 * host: then the dots that make the name of one that there is, in the order of counting, are dots. Which of two it is decides nothing: the
 * certificate is held against the login, and the pod against what the host demands, when it is used.
 */
export function hostNamed(account: string, name: string, isRole: IsRole): Id | undefined {
  if (!name.startsWith(HOST)) return undefined
  const parts = name.slice(HOST.length).split('.')
  const [first, ...others] = spellings(parts).map((id) => makeId(account, 'host', id))
  if (first === undefined || isRole(first)) return first
  return others.find(isRole) ?? first
}

function spellings(parts: readonly string[]): readonly string[] {
  const gaps = parts.length - 1
  const count = gaps > MAX_DOTS ? 1 : 2 ** gaps
  return Array.from({ length: count }, (_, number) =>
    parts.reduce((text, part, index) => {
      const isDot = Math.floor(number / 2 ** (index - 1)) % 2 === 1
      return index === 0 ? part : `${text}${isDot ? '.' : '/'}${part}`
    }, ''),
  )
}
