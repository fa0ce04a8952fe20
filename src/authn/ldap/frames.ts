import { BerReader } from 'ldapts'
import { Failure } from '#lib/failure.ts'

/** The failure of a directory that does not keep to the protocol. */
export const garbled = (how: string, cause?: unknown): Failure =>
  new Failure('unreachable', `the directory ${how}`, { cause })

/** How deep messages nest: a search entry has seven levels, and nothing that we ask for has more. */
const DEEPEST = 12

/** Sets of bits in the first byte of an element (X.690 8.1.2): whether it holds others, and whether its number goes on in the next byte. */
const HOLDS_OTHERS = 0x20
const LONG_TAG = 0x1f

/** How many bytes the message takes that `bytes` begin with; `undefined` when that cannot be told yet. Throws `unreachable` for what is no message. */
export function sizeOfFirst(bytes: Buffer): number | undefined {
  const [tag] = bytes
  if (tag === undefined) return undefined
  if (tag !== 0x30) throw garbled('answers with something that is not LDAP')
  return endOf(bytes, 0)
}

/**
 * Throws `unreachable` unless every element of a message ends where the one that holds it does, or before: the library that reads messages goes round
 * in circles where that is not so.
 */
export function mustBeWhole(message: Buffer): void {
  mustFit(message, { from: 0, to: message.length, depth: 0 })
}

interface Stretch {
  readonly from: number
  readonly to: number
  readonly depth: number
}

function mustFit(bytes: Buffer, { from, to, depth }: Stretch): void {
  if (depth > DEEPEST) throw garbled('nests its answer too deeply')
  let start = from
  while (start < to) {
    const tag = bytes[start] ?? 0
    const end = endOf(bytes, start)
    if (end === undefined || end > to || (tag & LONG_TAG) === LONG_TAG) {
      throw garbled('answers with a message that does not hold together')
    }
    if ((tag & HOLDS_OTHERS) !== 0) {
      mustFit(bytes, { from: contentOf(bytes, start), to: end, depth: depth + 1 })
    }
    start = end
  }
}

/** Where the element that begins at `start` ends. */
function endOf(bytes: Buffer, start: number): number | undefined {
  const reader = readerAt(bytes, start)
  try {
    if (reader.readSequence() === null) return undefined
  } catch (cause) {
    throw garbled('answers with lengths that are none', cause)
  }
  // Four bytes of length overflow into the negative in the library.
  if (reader.length < 0) throw garbled('announces more than it may say')
  return reader.offset + reader.length
}

function contentOf(bytes: Buffer, start: number): number {
  const reader = readerAt(bytes, start)
  reader.readSequence()
  return reader.offset
}

function readerAt(bytes: Buffer, offset: number): BerReader {
  const reader = new BerReader(bytes)
  reader.offset = offset
  return reader
}
