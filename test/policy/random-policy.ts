import { pick } from './random-nested-policy.ts'
import type { Random } from './random-nested-policy.ts'

const ROLES = [
  '!group g0',
  '!group g1',
  '!group g2',
  '!user u0',
  '!host h0',
  '!layer l0',
  '!policy p0',
]
const RESOURCES = [...ROLES, '!variable v0', '!variable v1', '!webservice w0']

/** One of them demands a second factor. */
const ANNOTATIONS = ['a: x0', 'a: x1', 'strongroom/require-mfa: "read, p0"']

/**
 * A small policy whose statements refer to each other, sometimes to what is not there. With `foreign`, some of those who own, hold or are
 * permitted something are of that account.
 */
export function randomPolicy(random: Random, foreign?: string): string {
  const declared = RESOURCES.filter(() => random(3) > 0)
  const roles = declared.filter((one) => ROLES.includes(one))
  const anyRole = (): string =>
    random(20) === 0 || roles.length === 0 ? '!group g0' : pick(random, roles)
  const anybody = (): string => {
    if (foreign === undefined || random(6) > 0) return anyRole()
    const [tag = '', name = ''] = pick(random, ROLES).split(' ')
    return `${tag} { id: /${name}, account: ${foreign} }`
  }
  const declarations = declared.map((one) => {
    const [tag = '', name = ''] = one.split(' ')
    const owner = random(3) === 0 ? `, owner: ${anybody()}` : ''
    const annotations = random(3) === 0 ? `, annotations: { ${pick(random, ANNOTATIONS)} }` : ''
    const addresses =
      /user|host/.test(tag) && random(2) === 0 ? `, restricted_to: 10.${random(2)}.0.0/16` : ''
    return `- ${tag} { id: ${name}${owner}${annotations}${addresses} }\n`
  })
  const grants = Array.from({ length: random(5) }, () => {
    const admin = random(2) === 0
    return `- !grant { role: ${anyRole()}, member: !member { role: ${anybody()}, admin: ${admin} } }\n`
  })
  const permits = Array.from({ length: random(5) }, () => {
    const resource = declared.length === 0 ? '!variable v0' : pick(random, declared)
    return `- !permit { role: ${anybody()}, privileges: [read, p${random(2)}], resource: ${resource} }\n`
  })
  return [...declarations, ...grants, ...permits].join('') || '[]'
}
