import { quoted } from '#lib/failure.ts'
import { kindOf } from './id.ts'
import type { Id } from './id.ts'

/**
 * The annotation by which a resource demands a second factor: of whoever uses one of the privileges that it names, separated by commas, or
 * any privilege at all (`true`). `false` demands nothing.
 */
export const REQUIRE_MFA = 'strongroom/require-mfa'

/** The annotation that says how long ago the factor may have been proven: `30s`, `5m`, `1h`. */
export const REQUIRE_MFA_WITHIN = 'strongroom/require-mfa-within'

/** The annotation that says of whom none is demanded: of hosts, which have none (`host`). */
export const REQUIRE_MFA_EXEMPT = 'strongroom/require-mfa-exempt'

/** How long ago a factor may have been proven unless a resource says otherwise, in seconds. */
const USUAL_WITHIN = 300

/** The most that a resource may say, in seconds: no token lives longer. */
export const LONGEST_WITHIN = 18_000

/** Nobody has a token yet who authenticates, so nobody could have proven a factor. */
const AUTHENTICATE = 'authenticate'

/** What a resource demands of whoever uses a privilege on it. */
export interface FactorDemand {
  /** The privileges that it is demanded for; absent when it is for all of them. */
  readonly privileges?: ReadonlySet<string>
  /** How long ago the factor may have been proven, in seconds. */
  readonly within: number
  readonly exemptsHosts: boolean
}

/** Who uses a privilege, and how many seconds ago they proved a factor, if they did. */
export interface Prover {
  readonly role: Id
  readonly factor?: { readonly age: number }
}

/** What a demand that cannot be read demands: a factor for everything. */
const EVERYTHING: FactorDemand = { within: USUAL_WITHIN, exemptsHosts: false }

/** Whether an annotation is one of a demand; one that only a later version knows is one, too. */
export const isOfDemand = (name: string): boolean => name.startsWith(REQUIRE_MFA)

/** How each annotation of a demand is read; `undefined` stands for a value that cannot be. */
const READERS = {
  [REQUIRE_MFA]: readPrivileges,
  [REQUIRE_MFA_WITHIN]: readWithin,
  [REQUIRE_MFA_EXEMPT]: readExempt,
} as const

/** What to write instead of a value that cannot be read. */
const ADVICE: Readonly<Record<keyof typeof READERS, string>> = {
  [REQUIRE_MFA]:
    'Write privileges with commas between them, such as execute,update, or true for all of them; authenticate cannot demand a factor',
  [REQUIRE_MFA_WITHIN]: `Write how old the factor may be, such as 30s, 5m or 1h, and no more than ${LONGEST_WITHIN / 3600}h`,
  [REQUIRE_MFA_EXEMPT]: 'Write host: nobody else can be exempted',
}

const isKnown = (name: string): name is keyof typeof READERS => Object.hasOwn(READERS, name)

/** Why an annotation of a demand is refused: a sentence that says what is wrong, and one that says what to write. */
export interface DemandFault {
  readonly message: string
  readonly advice: string
  /** What of it is wrong. */
  readonly part: 'name' | 'value'
}

/** What is wrong with an annotation, if it is one of a demand that cannot be read. */
export function demandFault(name: string, value: string): DemandFault | undefined {
  if (!isOfDemand(name)) return undefined
  if (!isKnown(name)) {
    const message = `there is no annotation ${quoted(name)}`
    return { message, advice: `Write one of ${Object.keys(READERS).join(', ')}`, part: 'name' }
  }
  if (READERS[name](value) !== undefined) return undefined
  return {
    message: `the annotation ${quoted(name)} cannot be ${quoted(value)}`,
    advice: ADVICE[name],
    part: 'value',
  }
}

/** The privileges that this server asks for; any other one decides nothing but the answer to a question. */
const ASKED_FOR: ReadonlySet<string> = new Set([
  'read',
  'execute',
  'update',
  'create',
  'delete',
  'use',
  'sign',
])

/** The privileges in the value of an annotation {@link REQUIRE_MFA} that this server never asks for: maybe they are misspelt. */
export const unusualPrivileges = (value: string): readonly string[] =>
  [...(readPrivileges(value)?.privileges ?? [])].filter((name) => !ASKED_FOR.has(name))

/**
 * What the annotations of a resource demand; `undefined` when it is nothing. What cannot be read was refused when a policy was loaded, so it
 * came in another way, and demands a factor for everything.
 */
export function demandIn(annotations: ReadonlyMap<string, string>): FactorDemand | undefined {
  for (const [name, value] of annotations) {
    if (demandFault(name, value) !== undefined) return EVERYTHING
  }
  const text = annotations.get(REQUIRE_MFA)
  const demanded = text === undefined ? undefined : readPrivileges(text)
  if (demanded === undefined || demanded.privileges?.size === 0) return undefined
  return {
    ...demanded,
    within: readWithin(annotations.get(REQUIRE_MFA_WITHIN) ?? '') ?? USUAL_WITHIN,
    exemptsHosts: annotations.has(REQUIRE_MFA_EXEMPT),
  }
}

/** Whether a demand is one for `privilege`. */
export const isDemandedFor = ({ privileges }: FactorDemand, privilege: string): boolean =>
  privilege !== AUTHENTICATE && (privileges === undefined || privileges.has(privilege))

/** Whether somebody who uses `privilege` lacks the factor that is demanded. */
export function lacksFactor(demand: FactorDemand, privilege: string, prover: Prover): boolean {
  if (!isDemandedFor(demand, privilege)) return false
  if (demand.exemptsHosts && kindOf(prover.role) === 'host') return false
  return prover.factor === undefined || prover.factor.age > demand.within
}

/** Words that read like a yes or a no, or like all or none, and are no privileges. */
const NO_PRIVILEGE =
  /^(?:true|false|yes|no|on|off|y|n|0|1|all|any|every|everything|none|null|authenticate)$/i

const PRIVILEGE = /^[\p{L}\p{N}_][\p{L}\p{N}_.:/-]{0,254}$/u

function readPrivileges(text: string): Pick<FactorDemand, 'privileges'> | undefined {
  if (text === 'true') return {}
  if (text === 'false') return { privileges: new Set() }
  const names = text.split(',').map((name) => name.trim())
  const areNames = names.every((name) => PRIVILEGE.test(name) && !NO_PRIVILEGE.test(name))
  return areNames ? { privileges: new Set(names) } : undefined
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
])

function readWithin(text: string): number | undefined {
  const [, amount = '', unit = ''] = /^(\d{1,5})([smh])$/.exec(text) ?? []
  const seconds = Number(amount) * (UNITS.get(unit) ?? 0)
  return seconds > 0 && seconds <= LONGEST_WITHIN ? seconds : undefined
}

function readExempt(text: string): 'host' | undefined {
  return text === 'host' ? text : undefined
}
