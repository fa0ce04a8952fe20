import type { Authenticator, AuthenticatorSettings, Recognised } from '#app/authenticator.ts'
import { demandsOf, mustHold, verdictOn } from '#app/recognition.ts'
import { certAuthenticator } from '#authn/cert/authenticator.ts'
import { readListsHere } from '#authn/cert/revocation-list.ts'
import type { ReadLists } from '#authn/cert/revocation-list.ts'
import { Failure } from '#lib/failure.ts'
import type { Made } from './pki.ts'
import { NOW } from './pki.ts'

/** A world outside: pages by URL, which a test may change, and the list of what was asked for. */
export interface World {
  readonly pages: Map<string, Uint8Array>
  readonly asked: string[]
  /** How often lists were read. */
  reads: number
  /** Milliseconds since 1970; a test moves it. */
  now: number
  /** Resolves when calls may be answered. */
  gate: Promise<void>
  readonly authenticator: Authenticator
}

export function world(): World {
  const pages = new Map<string, Uint8Array>()
  const asked: string[] = []
  const readLists: ReadLists = (input) => {
    self.reads += 1
    return readListsHere(input)
  }
  const outbound = {
    async get(url: string): Promise<Uint8Array> {
      asked.push(url)
      await self.gate
      const page = pages.get(url)
      if (page === undefined) throw new Failure('unreachable', 'no such page')
      return page
    },
  }
  const self: World = {
    pages,
    asked,
    reads: 0,
    now: NOW,
    gate: Promise.resolve(),
    authenticator: certAuthenticator({ outbound, readLists, now: () => self.now, patience: 20 }),
  }
  return self
}

/** A request to the instance `vm` of the account `acme`, as the host `shop/cart` unless it says otherwise. */
export interface Attempt {
  readonly login?: string | undefined
  readonly settings: Readonly<Record<string, string | undefined>>
  readonly service?: string
  readonly in?: World
}

/** Settings by the names of their variables. */
export const settingsOf = (
  settings: Readonly<Record<string, string | undefined>>,
): AuthenticatorSettings => new Map(Object.entries(settings))

/** What becomes of who shows these certificates. */
export function recognise(shown: readonly Made[], attempt: Attempt): Promise<Recognised> {
  const login = 'login' in attempt ? attempt.login : 'host/shop/cart'
  return (attempt.in ?? world()).authenticator.recognise(
    {
      account: 'acme',
      service: attempt.service ?? 'vm',
      body: new Uint8Array(),
      certificates: shown.map(({ der }) => der),
      clientIp: '10.0.0.1',
      ...(login === undefined ? {} : { login }),
    },
    settingsOf(attempt.settings),
  )
}

/** Holds annotations against somebody who was recognised; throws when they do not agree. */
export async function confirm(
  recognised: Recognised,
  annotations: Readonly<Record<string, string>>,
  settings: Attempt['settings'],
): Promise<void> {
  const instance = { account: 'acme', type: 'authn-cert', service: 'vm' }
  const role = { role: recognised.role, annotations: new Map(Object.entries(annotations)) }
  const demands = demandsOf(world().authenticator, instance, settingsOf(settings), role)
  mustHold((await verdictOn(recognised, demands)).verdict)
}
