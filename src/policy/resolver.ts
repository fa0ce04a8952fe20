import { identifierOf, makeId, MAX_IDENTIFIER, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { inNamespace, isRelative, loginAt, withoutDots } from './path.ts'
import { shown } from './problems.ts'
import type { Problems } from './problems.ts'
import type {
  Reference,
  ResolvedGrant,
  ResolvedPermit,
  ResolvedRecord,
  ResolvedStatement,
} from './resolved.ts'
import type { Annotation, RecordNode, Statement } from './statement.ts'

/** Where a policy is loaded. */
export interface Target {
  readonly account: string
  /** The policy that it is loaded through. */
  readonly target: Id
  /** Who owns that policy now. */
  readonly owner: Id
}

/**
 * Resolves every name in the statements and lays nested policies flat, each before its body
 * (reference/conjur-api.md 4.3, 1 to 6 and 8). What cannot be resolved is noted in `problems` and left out. With `aliased`, a
 * record that stands in several places is resolved where it stands first.
 */
export function resolveStatements(
  statements: readonly Statement[],
  target: Target,
  aliased: boolean,
  problems: Problems,
): readonly ResolvedStatement[] {
  const isRoot = target.target === rootPolicyOf(target.account)
  const scope = isRoot
    ? { namespace: undefined, owner: target.owner }
    : { namespace: identifierOf(target.target), owner: target.target }
  const resolver = new Resolver(target.account, aliased, problems)
  resolver.list(statements, scope)
  return resolver.resolved
}

/** What surrounds a statement: the path of its policy, `undefined` at the root, and who owns what it declares. */
interface Scope {
  readonly namespace: string | undefined
  readonly owner: Id
}

class Resolver {
  readonly resolved: ResolvedStatement[] = []
  readonly #account: string
  readonly #problems: Problems
  readonly #paths: Map<RecordNode, string> | undefined

  constructor(account: string, aliased: boolean, problems: Problems) {
    this.#account = account
    this.#paths = aliased ? new Map() : undefined
    this.#problems = problems
  }

  list(statements: readonly Statement[], scope: Scope): void {
    for (const statement of statements) this.#statement(statement, scope)
  }

  #statement(statement: Statement, scope: Scope): void {
    switch (statement.kind) {
      case 'record':
        this.#declaration(statement.record, scope)
        break
      case 'grant':
      case 'revoke':
        this.resolved.push(this.#grant(statement, scope))
        break
      case 'permit':
      case 'deny':
        this.resolved.push(this.#permit(statement, scope))
        break
      case 'delete': {
        const record = this.#subject(statement.record, scope)
        if (record !== undefined) {
          this.resolved.push({ kind: 'delete', at: statement.at, record })
        }
      }
    }
  }

  #declaration(node: RecordNode, scope: Scope): void {
    const subject = this.#subject(node, scope)
    if (subject === undefined || !this.#checkPlace(node, subject)) return
    const record = this.#record(node, subject, scope)
    this.resolved.push({ kind: 'record', record })
    if (node.type.type !== 'policy') return
    this.list(node.body, { namespace: identifierOf(subject.id), owner: subject.id })
  }

  /** Unlike the original, which takes `..` as a part of the name: clients could not ask for such a record. */
  #checkPlace(node: RecordNode, { id }: Reference): boolean {
    const isInside = !isRelative(identifierOf(id))
    if (!isInside) {
      const written = shown(node.id?.value ?? '')
      const message = `Invalid relative reference: ${written}`
      this.#problems.add((node.id ?? node).at, message, DECLARED_ELSEWHERE)
    }
    return isInside
  }

  #record(node: RecordNode, { id, at }: Reference, scope: Scope): ResolvedRecord {
    const namedOwner = node.owner && this.#relative(node.owner, scope)
    if (node.type.type === 'host-factory' && node.layers.length === 0) {
      const name = shown(identifierOf(id))
      const message = `Host factory '${name}' does not include any layers`
      this.#problems.add(at, message, 'Name its layers: layers: [!layer servers]')
    }
    return {
      type: node.type,
      id,
      at,
      owner: namedOwner?.id ?? scope.owner,
      namedOwner,
      annotations: this.#annotations(node, scope),
      restrictedTo: node.restrictedTo,
      publicKeys: node.publicKeys,
      // The factory is granted its layers, so that they must be this policy's to grant.
      layers: node.layers.flatMap((layer) => this.#subject(layer, scope) ?? []),
    }
  }

  #grant(statement: Statement & { kind: 'grant' | 'revoke' }, scope: Scope): ResolvedGrant {
    const { kind, at, roles, members } = statement
    return {
      kind,
      at,
      roles: roles.flatMap((role) => this.#subject(role, scope) ?? []),
      members: members.flatMap((member) => {
        const role = this.#relative(member.role, scope)
        return role === undefined ? [] : [{ role, admin: member.admin }]
      }),
    }
  }

  #permit(statement: Statement & { kind: 'permit' | 'deny' }, scope: Scope): ResolvedPermit {
    const { kind, at, roles, privileges, resources } = statement
    return {
      kind,
      at,
      roles: roles.flatMap((role) => this.#relative(role, scope) ?? []),
      privileges,
      resources: resources.flatMap((resource) => this.#subject(resource, scope) ?? []),
    }
  }

  /** Values with `..` in them are paths from the record itself. */
  #annotations(node: RecordNode, scope: Scope): readonly Annotation[] {
    if (!node.annotations.some(({ value }) => value.value.includes('..'))) return node.annotations
    const base = this.#path(node, scope) ?? ''
    return node.annotations.map(({ name, value }) => {
      if (!isRelative(value.value)) return { name, value }
      const path = this.#withoutDots(`${base}/${value.value}`, value)
      return { name, value: { value: path ?? '', at: value.at } }
    })
  }

  /** What a statement is about: it must lie in the policy, and in its account. */
  #subject(node: RecordNode, scope: Scope): Reference | undefined {
    const path = this.#path(node, scope)
    if (path?.startsWith('/')) {
      const message = `Illegal absolute id: ${shown(path)}`
      this.#problems.add(node.id?.at ?? node.at, message, MUST_BE_INSIDE)
      return undefined
    }
    if (node.account !== undefined && node.account.value !== this.#account) {
      // Unlike the original: nothing in another account may be changed from this one.
      const message = `Illegal account: ${shown(node.account.value)}`
      this.#problems.add(node.account.at, message, OWN_ACCOUNT)
      return undefined
    }
    return this.#reference(node, path)
  }

  /** An owner, a member, or who is permitted: anybody, named from here or from the root. */
  #relative(node: RecordNode, scope: Scope): Reference | undefined {
    const path = this.#path(node, scope)
    if (path === undefined) return undefined
    const fromRoot = path.startsWith('/') ? path.slice(1) : path
    return this.#reference(node, this.#withoutDots(fromRoot, node.id ?? node))
  }

  #withoutDots(path: string, { at }: Pick<RecordNode, 'at'>): string | undefined {
    const absolute = isRelative(path) ? withoutDots(path) : path
    if (absolute === undefined) {
      const message = `Invalid relative reference: ${shown(path)}`
      this.#problems.add(at, message, 'There are more .. than policies around: leave some out')
    }
    return absolute
  }

  #path(node: RecordNode, scope: Scope): string | undefined {
    const known = this.#paths?.get(node)
    if (known !== undefined) return known
    const path = inNamespace(node.id?.value ?? '', scope.namespace)
    if (path === '') {
      this.#problems.add(
        node.at,
        `${node.type.printed} has a blank id`,
        "Each resource must be identified using the 'id' field",
      )
      return undefined
    }
    this.#paths?.set(node, path)
    return path
  }

  #reference(node: RecordNode, path: string | undefined): Reference | undefined {
    const { type, at } = node
    const kind = type.kind ?? node.kind?.value
    if (path === undefined || kind === undefined || !this.#checkKind(node, kind)) return undefined
    const identifier = type.type === 'user' ? loginAt(path) : path
    const { value: account } = node.account ?? { value: this.#account }
    const id = idOf(account, kind, identifier)
    if (id !== undefined) return { id, at }
    this.#problems.add(
      (node.id ?? node).at,
      `Illegal id: ${shown(`${account}:${kind}:${identifier}`)}`,
      `An account has no colon; an id has 1 to ${MAX_IDENTIFIER} characters, and none of them is a control character`,
    )
    return undefined
  }

  #checkKind(node: RecordNode, kind: string): boolean {
    const isKind = /^[\w-]+$/.test(kind)
    if (!isKind) {
      const message = `Illegal kind: ${shown(kind)}`
      this.#problems.add((node.kind ?? node).at, message, 'A kind is a word of letters and digits')
    }
    return isKind
  }
}

const DECLARED_ELSEWHERE = 'Load what belongs to another policy into that policy'

const MUST_BE_INSIDE =
  'A policy says what it grants, permits and deletes of its own: leave out the / or load this into the policy that it belongs to'

const OWN_ACCOUNT = 'Leave the account out, or load this into a policy of that account'

/** The id of the three parts, `undefined` when they do not make one: a `:` in the account would move the kind. */
function idOf(account: string, kind: string, identifier: string): Id | undefined {
  if (account.includes(':')) return undefined
  try {
    return makeId(account, kind, identifier)
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}
