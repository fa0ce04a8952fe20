import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { boundedWork } from './bounded-work.ts'
import { parseHash, printHash, type HashCost } from './password-hash.ts'

/** Hashes and checks the passwords of people. */
export interface PasswordHasher {
  /** A new hash of `password` in PHC form, with a salt of its own. */
  hash(password: string | Uint8Array): Promise<string>
  /** Whether `stored` is a hash of `password`; throws `corrupt` when it is no hash that this server would make or afford. */
  verify(password: string | Uint8Array, stored: string): Promise<boolean>
  /** False, after as much work as {@link verify}: for a user who does not exist, so that time does not tell. */
  verifyNobody(password: string | Uint8Array): Promise<false>
}

/** How many passwords are hashed at a time, and how many more may wait. */
export interface HashingLimits {
  readonly places?: number
  readonly queue?: number
}

const COST: HashCost = { memory: 19_456, passes: 2, lanes: 1 }
const SALT_BYTES = 16
const TAG_BYTES = 32

const runArgon2 = promisify(argon2)

/**
 * Passwords under argon2id at 19 MiB and two passes. At most `places` are worked on at a time and `queue` wait; all methods throw
 * `unavailable` beyond that, so a flood of logins cannot exhaust the memory.
 */
export function createPasswordHasher(limits: HashingLimits = {}): PasswordHasher {
  const { places = 4, queue = 64 } = limits
  const bounded = boundedWork(places, queue)

  const derive = (
    message: string | Uint8Array,
    nonce: Uint8Array,
    { memory, passes, lanes }: HashCost,
    tagLength: number,
  ): Promise<Buffer> =>
    bounded(() =>
      runArgon2('argon2id', { message, nonce, memory, passes, parallelism: lanes, tagLength }),
    )

  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES)
      return printHash({ cost: COST, salt, tag: await derive(password, salt, COST, TAG_BYTES) })
    },
    async verify(password, stored) {
      const { cost, salt, tag } = parseHash(stored)
      return timingSafeEqual(await derive(password, salt, cost, tag.length), tag)
    },
    async verifyNobody(password) {
      await derive(password, randomBytes(SALT_BYTES), COST, TAG_BYTES)
      return false
    },
  }
}

/** Whether `stored` was made at another cost than new hashes are, so that the next login should replace it. */
export function needsRehash(stored: string): boolean {
  const { memory, passes, lanes } = parseHash(stored).cost
  return memory !== COST.memory || passes !== COST.passes || lanes !== COST.lanes
}
