import { Failure } from '#lib/failure.ts'

/** The memory that large bodies of requests may take together, so that many clients cannot exhaust it (attack `json-dos`). */
export interface BodyBudget {
  /** The share of a request that begins, which has nothing yet. */
  open(): BodyShare
}

/** What one request holds of a {@link BodyBudget}. */
export interface BodyShare {
  /** Takes `bytes` more; throws `unavailable` when there are not so many left. */
  take(bytes: number): void
  /** Gives everything back: the request was answered. */
  close(): void
}

/** A budget of `bytes`. */
export function createBodyBudget(bytes: number): BodyBudget {
  let left = bytes
  return {
    open() {
      let taken = 0
      return {
        take(more) {
          if (more > left) {
            throw new Failure('unavailable', 'too many large requests are under way')
          }
          left -= more
          taken += more
        },
        close() {
          left += taken
          taken = 0
        },
      }
    },
  }
}
