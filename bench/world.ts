/** The large world of the bench: many variables in a few policies, hosts in groups that are nested five deep, and what they may read. */

/** The policies of variables, in the order in which they are loaded. */
export const BRANCHES = [
  { id: 'small-1', variables: 18_000 },
  { id: 'small-2', variables: 18_000 },
  { id: 'small-3', variables: 18_000 },
  { id: 'large', variables: 100_000 },
] as const

/** A policy of variables. */
export interface Branch {
  readonly id: string
  readonly variables: number
}

/** How many groups there are in a chain, each a member of the next. */
const DEPTH = 5
const CHAINS = 400
const HOSTS_PER_CHAIN = 25

/** How large the world is. */
export const SIZE: Readonly<Record<'variables' | 'groups' | 'hosts', number>> = {
  variables: BRANCHES.reduce((sum, { variables }) => sum + variables, 0),
  groups: CHAINS * DEPTH,
  hosts: CHAINS * HOSTS_PER_CHAIN,
}

/** The host whose lists are measured: it may read what the members of four chains may. */
export const BUSY_HOST = 'host/h0'

export const hostId = (index: number): string => `h${index}`

/** The path of each variable, by its number. */
export const variableIds: readonly string[] = BRANCHES.flatMap(({ id, variables }) =>
  Array.from({ length: variables }, (_, index) => `${id}/v${index}`),
)

/** A policy with the variables of a branch. */
export const branchText = ({ id, variables }: Branch): string => {
  const lines = Array.from({ length: variables }, (_, index) => `    - !variable v${index}\n`)
  return `- !policy\n  id: ${id}\n  body:\n${lines.join('')}`
}

const groupId = (chain: number, level: number): string => `g${chain}-${level}`

/** Groups and hosts, and who is a member of what. */
export function membersText(): string {
  const chains = Array.from({ length: CHAINS }, (_, chain) => {
    const groups = Array.from({ length: DEPTH }, (__, level) => groupId(chain, level))
    const hosts = Array.from({ length: HOSTS_PER_CHAIN }, (__, place) =>
      hostId(chain * HOSTS_PER_CHAIN + place),
    )
    return [
      ...groups.map((group) => `- !group ${group}`),
      ...hosts.map((host) => `- !host ${host}`),
      `- !grant { role: !group ${groups[0]}, members: [${hosts.map((host) => `!host ${host}`).join(', ')}] }`,
      ...groups
        .slice(1)
        .map(
          (group, level) => `- !grant { role: !group ${group}, member: !group ${groups[level]} }`,
        ),
    ].join('\n')
  })
  const top = DEPTH - 1
  const busy = [1, 2, 3].map(
    (chain) =>
      `- !grant { role: !group ${groupId(chain, top)}, member: !group ${groupId(0, top)} }`,
  )
  return [...chains, ...busy, ''].join('\n')
}

/** What the last group of each chain may read: its share of all variables. */
export function permitsText(): string {
  const share = Math.ceil(SIZE.variables / CHAINS)
  return Array.from({ length: CHAINS }, (_, chain) => {
    const own = variableIds.slice(chain * share, (chain + 1) * share)
    const list = own.map((id) => `!variable ${id}`).join(', ')
    return `- !permit { role: !group ${groupId(chain, DEPTH - 1)}, privileges: [read, execute], resources: [${list}] }\n`
  }).join('')
}
