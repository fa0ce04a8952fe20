import { isIP } from 'node:net'
import type { LocalOrder } from '#app/authenticate-local.ts'
import { Failure } from '#lib/failure.ts'

/** What a line asks for. */
export type LocalRequest = Omit<LocalOrder, 'request'>

/** The longest list of addresses: each of them would be in every request. */
const MAX_CIDRS = 64

const MEMBERS: ReadonlySet<string> = new Set(['account', 'sub', 'exp', 'cidr'])

/**
 * What a line asks for: `{"account":…,"sub":…,"exp":…,"cidr":[…]}`, of which only `sub` must be there, or a login of the account `usual` by
 * itself (reference/conjur-api.md 2.5). Throws `malformed` for anything else: what is not understood could be what was meant to limit the token.
 */
export function readRequest(line: string, usual: string): LocalRequest {
  const text = line.trim()
  if (text === '') throw malformed('it is empty')
  if (!text.startsWith('{')) return { account: usual, login: text }
  const members = new Map<string, unknown>(Object.entries(parse(text)))
  const unknown = [...members.keys()].find((name) => !MEMBERS.has(name))
  if (unknown !== undefined) throw malformed('it has a member that is not known')
  const account = members.get('account') ?? usual
  const login = members.get('sub')
  if (typeof account !== 'string' || typeof login !== 'string') {
    throw malformed('account and sub are texts')
  }
  return { account, login, ...endOf(members.get('exp')), ...placesOf(members.get('cidr')) }
}

function parse(text: string): object {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser would quote the line.
    throw malformed('it is not JSON')
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw malformed('it is not a JSON object')
}

function endOf(exp: unknown): Pick<LocalRequest, 'expires'> {
  if (exp === undefined || exp === null) return {}
  if (typeof exp === 'number' && Number.isFinite(exp)) return { expires: exp }
  throw malformed('exp is a number')
}

function placesOf(cidr: unknown): Pick<LocalRequest, 'cidrs'> {
  if (cidr === undefined || cidr === null) return {}
  // An empty list would not restrict anything, whatever it was meant to.
  if (!Array.isArray(cidr) || cidr.length === 0 || cidr.length > MAX_CIDRS) {
    throw malformed(`cidr is a list of up to ${MAX_CIDRS} addresses`)
  }
  return {
    cidrs: cidr.map((item: unknown) => {
      if (typeof item === 'string' && isCidr(item)) return item
      throw malformed('cidr holds something else than addresses and ranges')
    }),
  }
}

function isCidr(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const widest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  if (bits === undefined) return widest > 0
  return rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= widest
}

const malformed = (reason: string): Failure =>
  new Failure('malformed', `a local request cannot be read: ${reason}`)
