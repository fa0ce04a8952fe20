import { compileHere } from '#app/policy-compiler.ts'
import type { PolicyCompiler } from '#app/policy-compiler.ts'
import { boundedWork } from '#crypto/bounded-work.ts'
import { compileThread } from './thread.ts'
import type { ThreadLimits } from './thread.ts'

/** A text that is longer, in UTF-16 code units, is read in the thread: a shorter one takes a few milliseconds anywhere. */
const SHORT = 65_536

/** So many texts may wait for the thread. */
const WAITING = 8

/** A compiler of policies with a thread for the large ones. */
export interface OpenPolicyCompiler {
  readonly compile: PolicyCompiler
  /** Ends the thread for good: a large text that is being read fails with `unavailable`, and so does every later one. */
  close(): void
}

/**
 * Opens a compiler whose thread runs `program`. The thread begins with the first large text, reads one at a time, and ends when none has
 * come for a while.
 */
export function openPolicyCompiler(
  program: URL,
  limits?: Partial<ThreadLimits>,
): OpenPolicyCompiler {
  const thread = compileThread(program, limits)
  const bounded = boundedWork(1, WAITING, 'large policies')
  return {
    compile: (input) =>
      input.text.length <= SHORT ? compileHere(input) : bounded(() => thread.compile(input)),
    close: () => thread.close(),
  }
}
