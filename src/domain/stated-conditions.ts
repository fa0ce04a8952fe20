import { isRange } from '#lib/cidr.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { SOURCE_ADDRESS } from './attestation.ts'
import type { Condition, Expected } from './attestation.ts'
import { parseGlob } from './glob.ts'

/** What the names of annotations begin with that state conditions in our own spelling. */
export const ATTEST = 'strongroom/attest/'

/** The most conditions that a role may state, whatever their spelling. */
export const MAX_CONDITIONS = 100

const SCOPED = /^authn(?:-[a-z0-9]+)?\//
const ATTRIBUTE = /^[a-z][a-z0-9]*\.\P{Cc}+$/u

/**
 * The conditions that annotations state for the authenticator `instance` (`authn-jwt/ci`) in our own spelling:
 * `strongroom/attest/ATTRIBUTE` for every authenticator, `strongroom/attest/INSTANCE/ATTRIBUTE` for that one; those for others are passed
 * over. Throws `unauthorized` when a name or a value is malformed, since nobody can tell what it was meant to forbid.
 */
export const conditionsStated = (
  annotations: ReadonlyMap<string, string>,
  instance: string,
): readonly Condition[] =>
  [...annotations].flatMap(([name, value]) => {
    const attribute = attributeIn(name, instance)
    return attribute === undefined ? [] : [conditionOf(attribute, value, name)]
  })

/** The attribute that an annotation is about; `undefined` when it states nothing for this instance. */
function attributeIn(name: string, instance: string): string | undefined {
  if (!name.startsWith(ATTEST)) return undefined
  const stated = name.slice(ATTEST.length)
  if (!SCOPED.test(stated)) return stated
  return stated.startsWith(`${instance}/`) ? stated.slice(instance.length + 1) : undefined
}

function conditionOf(attribute: string, value: string, statedBy: string): Condition {
  if (attribute !== SOURCE_ADDRESS && !ATTRIBUTE.test(attribute)) {
    throw refused(`CONJ00119E The annotation ${quoted(statedBy)} does not name an attribute`)
  }
  if (value === '') throw refused(`CONJ00100E The annotation ${quoted(statedBy)} is empty`)
  try {
    const asText = attribute === SOURCE_ADDRESS ? network : plain
    return { attribute, statedBy, anyOf: parseExpected(value, asText) }
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause
    throw refused(`CONJ00119E The annotation ${quoted(statedBy)} is malformed: ${cause.message}`)
  }
}

/** What a text stands for where it is no pattern. */
type AsText = (text: string) => Expected

const plain: AsText = (text) => ({ kind: 'text', text })

/** Where a request comes from is told apart by networks, not by how addresses are spelled. */
const network: AsText = (text) => {
  if (isRange(text)) return { kind: 'network', text }
  throw new Failure('argument_error', 'it is neither an address nor a range of addresses')
}

/**
 * What a value says that an attribute may be: `glob:PATTERN` ({@link parseGlob}), `text:TEXT` for that very text, a JSON list of such
 * for any of them, and everything else for itself. Numbers and booleans in a list stand for their literal. Throws `argument_error`.
 */
const parseExpected = (value: string, asText: AsText): readonly Expected[] =>
  value.startsWith('[') ? listed(value, asText) : [single(value, asText)]

function single(value: string, asText: AsText): Expected {
  if (value.startsWith('glob:')) {
    const text = value.slice('glob:'.length)
    return { kind: 'pattern', text, glob: parseGlob(text) }
  }
  return asText(value.startsWith('text:') ? value.slice('text:'.length) : value)
}

function listed(value: string, asText: AsText): readonly Expected[] {
  const items = parsedList(value)
  if (items === undefined || items.length === 0) {
    throw new Failure('argument_error', 'it begins like a list and is none', {
      hint: 'write ["one", "other"], or text:[… for a text that begins with a bracket',
    })
  }
  return items.map((item) => {
    if (typeof item === 'string' && item !== '') return single(item, asText)
    if (typeof item === 'number' || typeof item === 'boolean') return asText(String(item))
    throw new Failure('argument_error', 'its list holds something else than texts')
  })
}

function parsedList(value: string): readonly unknown[] | undefined {
  try {
    const list: unknown = JSON.parse(value)
    return Array.isArray(list) ? list : undefined
  } catch {
    // Whoever asked tells what is expected instead; the parser would quote the value.
    return undefined
  }
}

const refused = (message: string): Failure => new Failure('unauthorized', message)
