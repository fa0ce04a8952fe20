import { OUTBOUND_PURPOSES, type OutboundPurpose } from '#app/outbound.ts'
import { Failure, quoted } from '#lib/failure.ts'

/** A host that may be called: for one purpose or for all, at one port or at any. */
export interface HostRule {
  readonly purpose?: OutboundPurpose
  /** As URLs spell it, in lower case; `*.example.com` stands for every name below it, and not for that one. */
  readonly host: string
  readonly port?: string
}

const RULE =
  /^(?:(?<purpose>[a-z-]+)=)?(?<host>\[[0-9a-f:.]+\]|(?:\*\.)?[^\s:/?#@[\]=*]+)(?::(?<port>\d{1,5}))?$/

/** The rule that `[PURPOSE=]HOST[:PORT]` spells; throws `argument_error` for anything else. */
export function parseHostRule(text: string): HostRule {
  const { purpose, host, port } = RULE.exec(text.toLowerCase())?.groups ?? {}
  if (host === undefined) {
    throw new Failure('argument_error', `${quoted(text)} has not the form [PURPOSE=]HOST[:PORT]`)
  }
  const known = OUTBOUND_PURPOSES.find((candidate) => candidate === purpose)
  if (purpose !== undefined && known === undefined) {
    const purposes = OUTBOUND_PURPOSES.join(', ')
    throw new Failure('argument_error', `${quoted(purpose)} is not one of ${purposes}`)
  }
  return {
    host,
    ...(known === undefined ? {} : { purpose: known }),
    ...(port === undefined ? {} : { port }),
  }
}

/** Whether one of the rules is about calls of `url` for `purpose`. */
export const isNamed = (rules: readonly HostRule[], url: URL, purpose: OutboundPurpose): boolean =>
  rules.some(
    (rule) =>
      (rule.purpose ?? purpose) === purpose &&
      (rule.port ?? portOf(url)) === portOf(url) &&
      isHost(rule.host, url.hostname),
  )

const isHost = (pattern: string, hostname: string): boolean =>
  pattern.startsWith('*.') ? hostname.endsWith(pattern.slice(1)) : hostname === pattern

/** The port of a URL, also where it is the usual one. */
export const portOf = ({ port, protocol }: URL): string =>
  port !== '' ? port : protocol === 'https:' ? '443' : '80'

/** The host of a URL; of an IPv6 address, without the brackets. */
export const bareHost = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1')
