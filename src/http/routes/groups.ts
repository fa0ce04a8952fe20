import { PATHS } from '#api/paths.ts'
import type { ChangeGroupMember } from '#app/group-members.ts'
import { makeId } from '#domain/id.ts'
import { BRANCHES } from '#http/about/branches.ts'
import { empty } from '#http/answer.ts'
import { COMPLAINTS, printRole, readRole } from '#http/branch-body.ts'
import { invalid, missing, readObject, unexpectedIn } from '#http/json-object.ts'
import type { JsonObject } from '#http/json-object.ts'
import { noSuchRoute, route } from '#http/route.ts'
import type { Route } from '#http/route.ts'
import { v2Json } from '#http/v2.ts'

/** The use-cases behind the routes of groups. */
export interface GroupUses {
  readonly addGroupMember: ChangeGroupMember
  readonly removeGroupMember: ChangeGroupMember
}

const MEMBER = { kinds: ['host', 'user', 'group'], called: 'member' }

/** `GROUP/members`, and `GROUP/members/KIND/ID`: a router cannot tell where a group's path ends. */
const MEMBERS = /^(?<group>[^]+)\/members$/
const MEMBER_OF = /^(?<group>[^]+?)\/members\/(?<kind>host|user|group)\/(?<id>[^]+)$/

/** Members of groups (reference/conjur-api.md 1.12). */
export const groupRoutes = (use: GroupUses): readonly Route[] => [
  route(
    'POST',
    PATHS.groupMembers,
    BRANCHES.addMember,
    async (call) => {
      const { account, path } = call.params
      const { group } = MEMBERS.exec(path)?.groups ?? {}
      if (group === undefined) throw noSuchRoute()
      const session = await call.session()
      const body = await readObject(call, COMPLAINTS)
      mustHaveBoth(body)
      const member = readRole(account, body, MEMBER)
      await use.addGroupMember(session, { account, group, member })
      return v2Json(201, printRole(member))
    },
    { family: 'v2' },
  ),
  route(
    'DELETE',
    PATHS.groupMembers,
    BRANCHES.removeMember,
    async (call) => {
      const { account, path } = call.params
      const { group, kind, id } = MEMBER_OF.exec(path)?.groups ?? {}
      if (group === undefined || kind === undefined || id === undefined) throw noSuchRoute()
      const member = makeId(account, kind, id)
      await use.removeGroupMember(await call.session(), { account, group, member })
      return empty(204)
    },
    { family: 'v2' },
  ),
]

function mustHaveBoth(body: JsonObject): void {
  const names = ['kind', 'id']
  const others = unexpectedIn(body, names)
  if (others.length > 0) throw invalid(`Unexpected parameters: ${others.join(', ')}`)
  const absent = names.filter((name) => !body.has(name))
  if (absent.length > 0) throw missing(...absent)
}
