import assert from 'node:assert/strict'

/** The policy of the root, of which a team has a branch. */
const ROOT = `
- !user alice
- !user { id: bob, annotations: { description: keeper of the canary } }
- !user viewer
- !user stranger
- !user owner
- !user creator
- !user updater
- !policy { id: team, owner: !user owner }
- !group everyone
- !group hidden
- !grant { role: !group hidden, members: [!group everyone, !user alice] }
- !permit { role: !user creator, privileges: [create], resource: !policy team }
- !permit { role: !user updater, privileges: [update], resource: !policy team }
`

/** What the team declares. */
export const TEAM = `
- !group devs
- !group leads
- !host app
- !host { id: tool, annotations: { description: compiler } }
- !user tester
- !layer
- !grant { role: !group devs, members: [!host app, !host tool, !user /bob, !group leads] }
- !grant { role: !layer , member: !host app }
- !permit { role: !user /viewer, privileges: [read], resources: [!group devs, !host tool, !host app] }
- !permit { role: !user /creator, privileges: [read], resource: !group devs }
- !permit { role: !user /updater, privileges: [read], resource: !group devs }
`

/** What the root says of the team. */
const LINKS = `
- !grant { role: !group everyone, member: !group team/devs }
- !permit { role: !user viewer, privileges: [read], resource: !group everyone }
- !permit { role: !user creator, privileges: [read], resource: !group everyone }
`

/** The policies by branch, in the order in which they are loaded. */
export const POLICIES: readonly (readonly [branch: string, text: string])[] = [
  ['root', ROOT],
  ['team', TEAM],
  ['root', LINKS],
]

/** The path of the group that the tests are about. */
export const DEVS = '/roles/acme/group/team%2Fdevs'

/** A membership in the group as it is printed. */
export const membership = (
  member: string,
  ownership = false,
): Readonly<Record<string, unknown>> => ({
  admin_option: ownership,
  ownership,
  role: 'acme:group:team/devs',
  member,
  policy: 'acme:policy:team',
})

/** The members in a list of memberships, without their account. */
export const membersIn = (list: unknown): readonly unknown[] => {
  assert.ok(Array.isArray(list))
  return list.map(({ member }: { member: string }) => member.replace('acme:', ''))
}
