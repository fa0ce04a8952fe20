import { Failure } from '#lib/failure.ts'

/** What argon2id costs: memory in KiB, passes over it, and lanes. */
export interface HashCost {
  readonly memory: number
  readonly passes: number
  readonly lanes: number
}

/** A password hash in its parts. */
export interface PasswordHash {
  readonly cost: HashCost
  readonly salt: Buffer
  readonly tag: Buffer
}

// A stored string decides what a login costs: beyond these a forged row could exhaust the server's memory or time.
const MAX_MEMORY = 65_536
const MAX_PASSES = 10
const MAX_LANES = 4

const SHAPE =
  /^\$argon2id\$v=19\$m=(\d{1,6}),t=(\d{1,2}),p=(\d)\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{22,88})$/

/** The hash in the string form that the reference implementation of argon2 prints. */
export function printHash({ cost, salt, tag }: PasswordHash): string {
  const parameters = `m=${cost.memory},t=${cost.passes},p=${cost.lanes}`
  return `$argon2id$v=19$${parameters}$${unpadded(salt)}$${unpadded(tag)}`
}

/** The parts of a stored hash; throws `corrupt` when it is malformed, or costs more than this server is ready to spend. */
export function parseHash(text: string): PasswordHash {
  const match = SHAPE.exec(text)
  if (match === null) throw new Failure('corrupt', 'a stored password hash is malformed')
  const [, memory, passes, lanes, salt = '', tag = ''] = match
  const cost = { memory: Number(memory), passes: Number(passes), lanes: Number(lanes) }
  mustBeAffordable(cost)
  return { cost, salt: Buffer.from(salt, 'base64'), tag: Buffer.from(tag, 'base64') }
}

function mustBeAffordable({ memory, passes, lanes }: HashCost): void {
  const isAffordable =
    isWithin(memory, 8 * lanes, MAX_MEMORY) &&
    isWithin(passes, 1, MAX_PASSES) &&
    isWithin(lanes, 1, MAX_LANES)
  if (!isAffordable) throw new Failure('corrupt', 'a stored password hash is out of bounds')
}

const isWithin = (value: number, low: number, high: number): boolean =>
  value >= low && value <= high

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')
