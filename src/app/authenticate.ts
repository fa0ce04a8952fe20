import { makeId, roleOfLogin } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { Failure } from '#lib/failure.ts'
import type { AuditEvent } from './audit.ts'
import type { Claim, CredentialParts, ProvenBy } from './credentials.ts'
import { hasKey, proofOf } from './credentials.ts'
import type { Gate } from './gate.ts'
import type { Deed, Recorder } from './recorder.ts'
import { mustComeFrom } from './session.ts'
import type { Origin } from './session.ts'
import type { AccessToken, Tokens } from './tokens.ts'

/** What logging in stands on. */
export interface LoginParts extends CredentialParts {
  readonly gate: Gate
  readonly recorder: Recorder
  readonly tokens: Tokens
}

/** Somebody at the door: the name and the secret that they give. */
export interface Presented {
  readonly account: string
  /** `alice`, or `host/shop/cart`. */
  readonly login: string
  readonly secret: string
}

/** How long an API key that a password login issues is good, in milliseconds. */
const LOGIN_KEY_LIFE = 30 * 24 * 60 * 60 * 1000

/** How many keys of password logins a role may have at once; a further login ends the oldest. */
const KEPT_LOGIN_KEYS = 10

const authnOf = (operation: string): Deed => ({
  kind: 'authn',
  operation,
  subject: { authenticator: 'authn' },
})

/**
 * An access token for the bearer of an API key. Throws `unauthorized` for every reason there is, and alike: an unknown account or
 * name, a wrong key, a forbidden address.
 */
export type Authenticate = (presented: Presented, origin: Origin) => Promise<AccessToken>

export function authenticate(parts: LoginParts): Authenticate {
  return async (presented, origin) => {
    const isProven = ({ role, secret }: Claim): Promise<boolean> => hasKey(parts, role, secret)
    return admit(
      parts,
      { deed: authnOf('authenticate'), presented, origin, isProven },
      async ({ role, generation, event }) => {
        const token = await parts.tokens.issue(role, generation)
        await parts.recorder.record([event])
        return token
      },
    )
  }
}

/**
 * The API key of the bearer of a password or of that key itself. Keys are kept as digests only, so a password gets a key of
 * its own, good for 30 days and beside the main one. Throws `unauthorized` like {@link Authenticate}.
 */
export type Login = (presented: Presented, origin: Origin) => Promise<string>

export function login(parts: LoginParts): Login {
  return async (presented, origin) => {
    let by: ProvenBy | undefined
    const isProven = async (claim: Claim): Promise<boolean> => {
      by = await proofOf(parts, claim)
      return by !== undefined
    }
    const candidate = { deed: authnOf('login'), presented, origin, isProven }
    return admit(parts, candidate, async (admitted) => {
      if (by !== 'key') return issueLoginKey(parts, presented.account, admitted)
      await parts.recorder.record([admitted.event])
      return presented.secret
    })
  }
}

/** Somebody to be admitted, and how it is decided whether they prove their name. */
export interface Candidate {
  /** What they want to do, for the trail. */
  readonly deed: Deed
  readonly presented: Presented
  readonly origin: Origin
  readonly isProven: (claim: Claim) => Promise<boolean>
}

/** Somebody who was admitted. */
export interface Admitted {
  readonly role: Id
  /** The generation of its credential. */
  readonly generation: string
  /** The record of the deed, which whoever does it makes durable, in the same transaction if there is one. */
  readonly event: AuditEvent
}

/**
 * What `grant` gives to the role that the candidate proves to be, once it has recorded that it did; a refusal is recorded here. So
 * the outcome is in the trail before it is known outside. Throws `unauthorized` for every reason why the candidate is not admitted.
 */
export async function admit<T>(
  { gate, recorder }: LoginParts,
  { deed, presented, origin, isProven }: Candidate,
  grant: (admitted: Admitted) => Promise<T>,
): Promise<T> {
  const { account, login: name, secret } = presented
  // Asked before the proof: a key that is replaced meanwhile gets a token of the old generation, which is good for nothing.
  const { graph } = await gate.pass()
  const known = knownRole(graph, account, name)
  // The name of somebody unknown is not recorded: people type passwords into the wrong field.
  const who = { account, user: known?.role ?? 'not-found', origin }
  try {
    const claim = { ...presented, role: known?.role ?? NOBODY, origin }
    const proven = secret !== '' && (await isProven(claim))
    if (!proven || known === undefined) {
      throw new Failure('unauthorized', 'CONJ00002E Invalid credentials')
    }
    mustBeFromHere(graph.restrictionOf(known.role), origin)
    return await grant({ ...known, event: recorder.attempt(who, deed) })
  } catch (error) {
    await recorder.record([recorder.attempt(who, deed, error)])
    throw error
  }
}

/**
 * Throws `unauthorized` when the credential by which somebody was admitted is not that of the role any more, or the role is gone: to be asked
 * under the lock of the account, which may have been waited for.
 */
export async function mustStillBeAdmitted(
  { gate }: Pick<LoginParts, 'gate'>,
  { role, generation }: Admitted,
): Promise<void> {
  const { graph } = await gate.pass()
  if (graph.credential(role)?.generation === generation) return
  throw new Failure('unauthorized', 'CONJ00002E Invalid credentials')
}

/** A role that no account has: what a name is checked against that cannot be a name. */
const NOBODY = makeId('-', 'user', 'nobody')

/** The role that logs in under `name`, if there is one that can. */
function knownRole(
  graph: RoleGraph,
  account: string,
  name: string,
): { readonly role: Id; readonly generation: string } | undefined {
  const role = roleNamed(account, name)
  const generation = role && graph.credential(role)?.generation
  return role === undefined || generation === undefined ? undefined : { role, generation }
}

function roleNamed(account: string, name: string): Id | undefined {
  try {
    return roleOfLogin(account, name)
  } catch (error) {
    // A name that cannot be one is as unknown as one that does not exist.
    if (error instanceof Failure) return undefined
    throw error
  }
}

/** Every refusal to authenticate looks alike, whatever the reason is. */
export function mustBeFromHere(cidrs: readonly string[], origin: Origin): void {
  try {
    mustComeFrom(cidrs, origin)
  } catch (error) {
    throw new Failure('unauthorized', 'CONJ00003E the role may not log in from this address', {
      cause: error,
    })
  }
}

/**
 * A key of its own for somebody who logged in by a password: good for 30 days, beside the main one and at most nine others like it, the
 * oldest of which ends. It becomes durable with the record of the login. Throws `unauthorized` when the role may not get a key any more.
 */
export async function issueLoginKey(
  parts: Pick<LoginParts, 'apiKeys' | 'clock' | 'gate' | 'store'>,
  account: string,
  admitted: Admitted,
): Promise<string> {
  const { role, event } = admitted
  const key = parts.apiKeys.generate()
  const expiresAt = new Date(parts.clock() + LOGIN_KEY_LIFE)
  await parts.store.change(account, async (transaction) => {
    await mustStillBeAdmitted(parts, admitted)
    await transaction.addLoginKey(role, parts.apiKeys.digest(key), expiresAt, KEPT_LOGIN_KEYS)
    await transaction.record([event])
  })
  return key
}
