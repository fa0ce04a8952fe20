import type { Branch } from '#app/branches.ts'
import { ROOT } from '#app/branch-path.ts'
import type { BranchUpdate, NewBranch } from '#app/change-branches.ts'
import { identifierOf, kindOf, makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import {
  innerObject,
  invalid,
  memberOf,
  missing,
  shown,
  textIn,
  unexpectedIn,
} from './json-object.ts'
import type { BodyComplaints, JsonObject } from './json-object.ts'

/** What bodies of branches and members are refused with (reference/conjur-api.md 1.12). */
export const COMPLAINTS: BodyComplaints = {
  missing: "Invalid JSON body: unexpected token at ''",
  empty: 'Empty request body',
  malformed: 'Invalid JSON body: unexpected token',
}

const NAME = /^[A-Za-z0-9\-_]{1,60}$/
const BRANCH_PATH = /^\/?[A-Za-z0-9\-_]+(?:\/[A-Za-z0-9\-_]+)*$/
/** Names of users and hosts hold more than those of branches may. */
const ROLE_PATH = /^\/?[A-Za-z0-9\-_.@]+(?:\/[A-Za-z0-9\-_.@]+)*$/
const ANNOTATION = /^[^<>'\p{Cc}]{1,120}$/u
const LONGEST_PATH = 500

/** The branch that a body describes; throws `unprocessable_entity` with what is wrong with it. */
export function readNewBranch(account: string, body: JsonObject): NewBranch {
  mustHaveOnly(body, ['name', 'branch', 'owner', 'annotations'])
  const [name, branch] = [textIn(body, 'name') ?? '', textIn(body, 'branch') ?? '']
  const absent = [...(name === '' ? ['name'] : []), ...(branch === '' ? ['branch'] : [])]
  if (absent.length > 0) throw missing(...absent)
  if (!NAME.test(name)) throw invalid(`Name Wrong name '${shown(name)}'`)
  const owner = readOwner(account, body)
  return {
    name,
    parent: parentIn(branch),
    ...(owner === undefined ? {} : { owner }),
    annotations: readAnnotations(body),
  }
}

/** What a body asks to be otherwise; fails like {@link readNewBranch}. */
export function readBranchUpdate(account: string, body: JsonObject): BranchUpdate {
  mustHaveOnly(body, ['owner', 'annotations'])
  const owner = readOwner(account, body)
  return { ...(owner === undefined ? {} : { owner }), annotations: readAnnotations(body) }
}

function mustHaveOnly(body: JsonObject, names: readonly string[]): void {
  const others = unexpectedIn(body, names)
  if (others.length > 0) throw invalid(`Unexpected parameters: ${others.join(', ')}`)
}

function parentIn(branch: string): string {
  if (branch === '/') return ROOT
  if (branch.length > LONGEST_PATH) {
    throw invalid(`Branch is too long (maximum is ${LONGEST_PATH} characters)`)
  }
  if (!BRANCH_PATH.test(branch)) throw invalid(`Branch Wrong path '${shown(branch)}'`)
  return withoutSlash(branch)
}

/** A path is the same with a slash in front. */
const withoutSlash = (path: string): string => (path.startsWith('/') ? path.slice(1) : path)

const OWNER_KINDS = ['host', 'user', 'group', 'policy']

function readOwner(account: string, body: JsonObject): Id | undefined {
  const owner = innerObject(body, 'owner')
  if (owner === undefined) return undefined
  mustHaveOnly(owner, ['kind', 'id'])
  return readRole(account, owner, { kinds: OWNER_KINDS, called: 'owner' })
}

/** Which kinds of role may stand somewhere, and what it is there. */
export interface RolePlace {
  readonly kinds: readonly string[]
  readonly called: string
}

/** The role that an object's `kind` and `id` name; throws `unprocessable_entity` with everything that is wrong with them. */
export function readRole(account: string, object: JsonObject, { kinds, called }: RolePlace): Id {
  const [kind, id] = [textIn(object, 'kind') ?? '', textIn(object, 'id') ?? '']
  const complaints = [
    [kind === '', "Kind can't be blank"],
    [!kinds.includes(kind), `Kind '${shown(kind)}' is not a valid ${called} kind`],
    [id === '', "Id can't be blank"],
    [!ROLE_PATH.test(id), `Id Wrong path '${shown(id)}'`],
    [id === '', 'Id is too short (minimum is 1 character)'],
    [id.length > LONGEST_PATH, `Id is too long (maximum is ${LONGEST_PATH} characters)`],
  ] as const
  const told = complaints.flatMap(([isSo, complaint]) => (isSo ? [complaint] : []))
  if (told.length > 0) throw invalid(sentenceOf(told))
  return makeId(account, kind, withoutSlash(id))
}

/** A list in words: `a`, `a and b`, `a, b, and c`. */
function sentenceOf(items: readonly string[]): string {
  if (items.length < 3) return items.join(' and ')
  return `${items.slice(0, -1).join(', ')}, and ${items.at(-1) ?? ''}`
}

function readAnnotations(body: JsonObject): ReadonlyMap<string, string> {
  const annotations = innerObject(body, 'annotations') ?? new Map<string, unknown>()
  return new Map(Array.from(annotations.keys(), (name) => [name, annotationIn(annotations, name)]))
}

function annotationIn(annotations: JsonObject, name: string): string {
  const called = capitalized(shown(name))
  if (!ANNOTATION.test(name))
    throw invalid(`${called} annotation key format error '${shown(name)}'`)
  const value = memberOf(annotations, name)
  if (typeof value !== 'string') {
    throw invalid(
      `${called} should have string value but got ${shown(JSON.stringify(value ?? null))}`,
    )
  }
  if (!ANNOTATION.test(value)) {
    throw invalid(`${called} annotation value format error '${shown(value)}'`)
  }
  return value
}

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

/** A branch on the wire. */
export const printBranch = ({ name, parent, owner, annotations }: Branch): unknown => ({
  name,
  branch: parent === ROOT ? '/' : parent,
  owner: printRole(owner),
  annotations: Object.fromEntries(annotations),
})

/** A role on the wire of the v2 API. */
export const printRole = (role: Id): { readonly kind: string; readonly id: string } => ({
  kind: kindOf(role),
  id: identifierOf(role),
})
