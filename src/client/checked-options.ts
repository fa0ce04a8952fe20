import { readFileSync } from 'node:fs'
import { Failure, quoted } from '#lib/failure.ts'
import type { ConnectionOptions, Credentials } from './strongroom-options.ts'

// The types rule most of this out for who writes TypeScript; everybody else is told here, before anything is sent.

const CONNECTION_OPTIONS = ['ca', 'pins', 'timeoutMs', 'attempts', 'signal'] as const

/** What {@link openStrongroom} takes. */
export const STRONGROOM_OPTIONS: readonly string[] = [
  ...CONNECTION_OPTIONS,
  'url',
  'account',
  'credentials',
]

/** What {@link openFromEnvironment} takes. */
export const ENVIRONMENT_OPTIONS: readonly string[] = [
  ...CONNECTION_OPTIONS,
  'credentials',
  'environment',
  'home',
]

type Members = Readonly<Record<string, unknown>>

const membersOf = (value: object): Members => ({ ...value })

/** Throws `configuration` for an option that is not among `known`, mostly a slip of the pen. */
export function mustKnow(options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw wrong('the options are no object')
  const stranger = Object.keys(options).find((name) => !known.includes(name))
  if (stranger !== undefined) {
    throw wrong(`${quoted(stranger)} is no option`, `there are ${known.join(', ')}`)
  }
}

/** Throws `configuration` unless `value`, which `name` names, is a text with something in it. */
export function mustBeText(value: unknown, name: string): void {
  if (typeof value !== 'string' || value.trim() === '') throw wrong(`${quoted(name)} is missing`)
}

/** How to connect, with nothing left open. */
export interface CheckedConnection {
  readonly caPem?: string
  readonly pins?: readonly string[]
  readonly timeoutMs?: number
  readonly attempts: number
  readonly signal?: AbortSignal
}

const ATTEMPTS = 4

/** What a timer can wait, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1

/** The options for a connection; throws `configuration` for what is none. */
export function checkedConnection(options: ConnectionOptions): CheckedConnection {
  mustFit(options)
  const { ca, pins, timeoutMs, attempts = ATTEMPTS, signal } = options
  return {
    ...(ca === undefined ? {} : { caPem: authoritiesIn(ca) }),
    ...(pins === undefined ? {} : { pins }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(signal === undefined ? {} : { signal }),
    attempts,
  }
}

function mustFit({ pins, timeoutMs, attempts, signal }: ConnectionOptions): void {
  const faults = [
    pins !== undefined && !isTexts(pins) && '`pins` is no list of texts',
    timeoutMs !== undefined && !isMs(timeoutMs, 1) && '`timeoutMs` is no number of milliseconds',
    attempts !== undefined && !isCount(attempts) && '`attempts` is no whole number from 1',
    signal !== undefined && !(signal instanceof AbortSignal) && '`signal` is no AbortSignal',
  ]
  const fault = faults.find((text) => text !== false)
  if (fault !== undefined) throw wrong(fault)
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

const isMs = (value: unknown, least: number): boolean =>
  typeof value === 'number' && value >= least && value <= LONGEST_MS

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 1

/** Throws `configuration` unless `value` can be the pause of a watch. */
export function mustBeInterval(value: number): void {
  if (!isMs(value, 100)) {
    throw wrong('`intervalMs` is no number of milliseconds from 100')
  }
}

function authoritiesIn(ca: unknown): string {
  const pem = isFile(ca) ? textOfFile(ca.file) : ca
  if (typeof pem === 'string' && pem.includes('-----BEGIN CERTIFICATE-----')) return pem
  throw wrong('`ca` holds no certificate in PEM', 'a file is named by { file: PATH }')
}

const isFile = (value: unknown): value is { readonly file: string } =>
  typeof value === 'object' &&
  value !== null &&
  'file' in value &&
  typeof value.file === 'string' &&
  Object.keys(value).length === 1

function textOfFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Failure('configuration', `cannot read ${quoted(path)}`, { cause })
  }
}

/** Throws `configuration` for what has no meaning without TLS: whoever asks for it would believe to be protected. */
export function mustNeedNoTls(
  { kind }: Credentials,
  { caPem, pins }: Pick<CheckedConnection, 'caPem' | 'pins'>,
): void {
  const needless = [
    ...(caPem === undefined ? [] : ['`ca`']),
    ...(pins === undefined ? [] : ['`pins`']),
    ...(kind === 'certificate' ? ['a certificate'] : []),
  ]
  if (needless.length > 0) throw wrong(`${needless.join(' and ')} can be used over https only`)
}

interface Shape {
  readonly texts: readonly string[]
  readonly sources: readonly string[]
  readonly optional: readonly string[]
}

/** What each kind of credentials consists of. */
const SHAPES: Readonly<Record<Credentials['kind'], Shape>> = {
  apiKey: { texts: ['login'], sources: ['key'], optional: [] },
  token: { texts: [], sources: ['token'], optional: [] },
  jwt: { texts: ['service'], sources: ['token'], optional: ['hostId'] },
  certificate: { texts: ['service'], sources: ['certificate', 'key'], optional: ['hostId'] },
  iam: { texts: ['service', 'hostId'], sources: [], optional: ['serverId'] },
  azure: { texts: ['service', 'hostId'], sources: [], optional: ['clientId', 'resource'] },
  gcp: { texts: ['hostId'], sources: [], optional: [] },
}

const KINDS = Object.keys(SHAPES).join(', ')

/** Throws `configuration`, without showing any part of them, for credentials of no known kind, and for such that lack something or have too much. */
export function mustBeCredentials(credentials: unknown): void {
  if (typeof credentials !== 'object' || credentials === null) {
    throw wrong('`credentials` is missing', `their kind is one of ${KINDS}`)
  }
  const { kind, ...members } = membersOf(credentials)
  if (!isKind(kind)) throw wrong('the kind of the credentials is unknown', `it is one of ${KINDS}`)
  const { texts, sources, optional } = SHAPES[kind]
  const of = (name: string): string => `credentials.${name}`
  for (const name of texts) mustBeText(members[name], of(name))
  for (const name of sources) mustBeSource(members[name], of(name))
  for (const name of optional) {
    if (members[name] !== undefined) mustBeText(members[name], of(name))
  }
  mustKnow(members, [...texts, ...sources, ...optional])
}

const isKind = (kind: unknown): kind is Credentials['kind'] =>
  typeof kind === 'string' && Object.hasOwn(SHAPES, kind)

function mustBeSource(value: unknown, name: string): void {
  if (typeof value === 'function' || isFile(value)) return
  if (typeof value !== 'object') return mustBeText(value, name)
  throw wrong(`${quoted(name)} is no text, no function and no { file }`)
}

const wrong = (message: string, hint?: string): Failure =>
  new Failure('configuration', message, hint === undefined ? {} : { hint })
