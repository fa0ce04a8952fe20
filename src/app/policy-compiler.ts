import { compilePolicy } from '#policy/compile.ts'
import type { CompileInput, Desired } from '#policy/compile.ts'

/**
 * Reads the text of a policy, however large, without holding up other requests. Throws what `compilePolicy` throws, with the same
 * places; `unavailable` when too many texts wait already or this one takes too long, `too_large` when it takes too much memory.
 */
export type PolicyCompiler = (input: CompileInput) => Promise<Desired>

/** Reads it here and now: for programs that serve nobody meanwhile, and for texts that are short. */
export const compileHere: PolicyCompiler = async (input) => compilePolicy(input)
