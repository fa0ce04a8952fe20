import type { SecureContext } from 'node:tls'
import type { Socket } from 'node:net'
import { BindRequest, FilterParser, SearchRequest, type SearchEntry } from 'ldapts'
import type { Directories, Directory, DirectoryEntry, DirectoryPlace } from '#app/directory.ts'
import {
  before,
  callableAddresses,
  mustBeListed,
  type HostPermissions,
} from '#authn/callable-host.ts'
import { turns } from '#authn/turns.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { converse, type Conversation } from './conversation.ts'
import { dial } from './dial.ts'

/** Limits and exceptions of visits. */
export interface DirectoriesOptions extends HostPermissions {
  /** The authorities that may vouch for directories; those that Node knows when absent. */
  readonly trust?: SecureContext
  /** For a whole visit, from the look-up of the name to its end. */
  readonly timeoutMs?: number
  readonly maxBytes?: number
}

/** How many visits one directory gets at a time, and for how long others may wait for their turn. */
const TURNS = { atOnce: 16, waiting: 1000, waitMs: 5000 }

/** What a directory may take for one search, in seconds; it is told so. */
const SEARCH_SECONDS = 5

/**
 * Visits that cannot be turned against this server or its surroundings (attack `ssrf`): the name is resolved once and every address of it checked, the
 * connection goes to what was checked, the certificate must be of the host that was named, referrals are not followed, and time and size are
 * bounded. A directory that hangs holds up those alone who log in by it. There is no way through an HTTP proxy.
 */
export function createDirectories(options: DirectoriesOptions): Directories {
  const { timeoutMs = 10_000, maxBytes = 1 << 20, trust } = options
  const takeTurn = turns(TURNS)

  const visited = async <Result>(
    place: DirectoryPlace,
    url: URL,
    talk: (directory: Directory) => Promise<Result>,
  ): Promise<Result> => {
    const signal = AbortSignal.timeout(timeoutMs)
    let socket: Socket | undefined
    let isConnected = false
    try {
      const addresses = await before(signal, callableAddresses(url, 'ldap', options))
      const { port, protection, caPem } = place
      socket = await dial({ url, port, protection, addresses, caPem, trust, signal })
      isConnected = true
      const spoken = directoryOver(converse(socket, maxBytes))
      return await before(signal, talk(spoken))
    } catch (error) {
      const isOurs = error instanceof Failure || (isConnected && !signal.aborted)
      throw isOurs ? error : unreachable(url, error)
    } finally {
      socket?.destroy()
    }
  }

  return {
    async visit(place, talk) {
      const url = urlOf(place)
      mustBeListed(url, 'ldap', options)
      let hasTurn = false
      try {
        return await takeTurn(url.host, () => {
          hasTurn = true
          return visited(place, url, talk)
        })
      } catch (error) {
        // Others who log in there are in the way, and not this server as a whole.
        throw hasTurn ? error : unreachable(url, error)
      }
    },
  }
}

/** A host as URLs of well-known schemes have it: one spelling for each, however an address was written. */
function urlOf({ host, port }: DirectoryPlace): URL {
  const text = `https://${host}:${port}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isHost =
    url !== undefined &&
    url.username === '' &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === ''
  if (!isHost) throw new Failure('forbidden', `${quoted(host)} is not the name of a host`)
  return url
}

const unreachable = (url: URL, cause: unknown): Failure =>
  new Failure('unreachable', `the directory ${quoted(url.host)} cannot be reached`, { cause })

function directoryOver(conversation: Conversation): Directory {
  let messageId = 1
  return {
    async bind(dn, password) {
      if (dn === '' || password === '') throw new Error('a bind without name or password')
      messageId += 1
      const { code } = await conversation.ask(new BindRequest({ messageId, dn, password }))
      return code
    },
    async find({ base, filter, attributes }) {
      messageId += 1
      const { code, entries } = await conversation.ask(
        new SearchRequest({
          messageId,
          baseDN: base,
          filter: FilterParser.parseString(filter),
          attributes: [...attributes],
          sizeLimit: 2,
          timeLimit: SEARCH_SECONDS,
        }),
      )
      if (code === 0 || (code === SIZE_LIMIT_EXCEEDED && entries.length > 1)) {
        return entries.map(entryOf)
      }
      throw new Failure('unreachable', `the directory refuses the search (result code ${code})`)
    },
  }
}

/** There are more entries than were asked for (RFC 4511 4.1.9). */
const SIZE_LIMIT_EXCEEDED = 4

const entryOf = ({ name, attributes }: SearchEntry): DirectoryEntry => ({
  dn: name,
  attributes: new Map(
    attributes.map(({ type, values }) => [
      type.toLowerCase(),
      [...values].filter((value) => typeof value === 'string'),
    ]),
  ),
})
