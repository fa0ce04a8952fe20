import { accountOf, identifierOf, makeId, MAX_IDENTIFIER } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { noSuchResource } from './refusals.ts'

/** The path of the branch that all others are in. */
export const ROOT = 'root'

/** How deep branches may be nested (reference/conjur-api.md 1.12). */
const MAX_DEPTH = 15

/** The policy that a branch is. */
export const branchPolicy = (account: string, path: string): Id => makeId(account, 'policy', path)

/** The path of the branch that a branch, a group or anything else with a path is in: `root` when it is in no other. */
export function parentOf(path: string): string {
  const end = path.lastIndexOf('/')
  return end === -1 ? ROOT : path.slice(0, end)
}

/** The last part of a path. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The path of the branch `name` in another one. */
export const childOf = (parent: string, name: string): string =>
  parent === ROOT ? name : `${parent}/${name}`

/** Throws `unprocessable_entity` for a path that is deeper or longer than a new branch's may be. */
export function mustFit(path: string): void {
  if (path.split('/').length > MAX_DEPTH) {
    throw invalid(`The number of identifier nesting exceeds maximum depth of ${MAX_DEPTH}`)
  }
  if (path.length > MAX_IDENTIFIER) {
    throw invalid(`Identifier exceeds maximum length of ${MAX_IDENTIFIER} characters`)
  }
}

const invalid = (message: string): Failure => new Failure('unprocessable_entity', message)

/** A branch that is not there, or that the caller may not do this to: the two look alike. `why` tells them apart for the trail. */
export const noSuchBranch = (policy: Id, why?: Failure): Failure =>
  noSuchResource(makeId(accountOf(policy), 'branch', identifierOf(policy)), why)
