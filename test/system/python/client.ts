import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { PYTHON } from '../../../scripts/python-client.ts'

const PROGRAM = fileURLToPath(new URL('client.py', import.meta.url))

/** How CyberArk's client for Python logs in: a strategy of it by the name of the authenticator, and what that is made with. */
export type PythonLogin = Readonly<Record<'type', string> & Record<string, string>>

/** A call: the name of a method, and its arguments. */
export type PythonCall = readonly [method: string, ...args: readonly unknown[]]

/** Where the client goes. */
export interface PythonTarget {
  readonly url: string
  readonly account: string
  /** The file with the certificate that it trusts. */
  readonly ca: string
}

/** What the calls of one client answered, in their order: `{answer}`, or `{status}` when the server refused. */
export async function callsByPython(
  target: PythonTarget,
  login: PythonLogin,
  calls: readonly PythonCall[],
  environment: Readonly<Record<string, string>> = {},
): Promise<readonly unknown[]> {
  const child = spawn(PYTHON, [PROGRAM], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: '/usr/bin:/bin', ...environment },
  })
  child.stdin.end(JSON.stringify({ ...target, login, calls }))
  const [printed, complaint] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  assert.equal(child.exitCode, 0, complaint)
  return printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line))
}
