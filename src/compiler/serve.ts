import type { MessagePort } from 'node:worker_threads'
import { Failure } from '#lib/failure.ts'
import { compilePolicy } from '#policy/compile.ts'
import type { CompileInput, Desired } from '#policy/compile.ts'
import { sendable } from './sent-failure.ts'
import type { SentFailure } from './sent-failure.ts'
import { slicesOf } from './slices.ts'
import type { Slice } from './slices.ts'

/** What the thread is asked for: to read a text, or for the next slice of the one that it has read. */
export type Request =
  | { readonly kind: 'compile'; readonly input: CompileInput }
  | { readonly kind: 'next' }

/** What it answers to each request. */
export type Reply =
  | { readonly kind: 'slice'; readonly slice: Slice }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly failure: SentFailure }

/**
 * Reads policies, and the same one again without reading it: what was tried is often loaded next, and what met a conflict again. Only the
 * last one is kept.
 */
function rememberingCompiler(): (input: CompileInput) => Desired {
  let last: { readonly key: string; readonly text: string; readonly desired: Desired } | undefined
  return ({ text, ...rest }) => {
    const key = JSON.stringify(rest)
    if (last?.key === key && last.text === text) return last.desired
    last = undefined
    const desired = compilePolicy({ text, ...rest })
    last = { key, text, desired }
    return desired
  }
}

/**
 * Answers each request that comes through `port` with one reply, so that whoever asks is never sent more than it can take in. What is
 * not a `Failure` ends the thread.
 */
export function serveCompiles(port: MessagePort): void {
  const compile = rememberingCompiler()
  let slices: Iterator<Slice, void> = [].values()
  const replyTo = (request: Request): Reply => {
    if (request.kind === 'compile') slices = slicesOf(compile(request.input))
    const { done, value } = slices.next()
    return done === true || value === undefined ? { kind: 'end' } : { kind: 'slice', slice: value }
  }
  port.on('message', (request: Request) => {
    try {
      port.postMessage(replyTo(request))
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      port.postMessage({ kind: 'failed', failure: sendable(error) } satisfies Reply)
    }
  })
}
