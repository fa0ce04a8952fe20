/**
 * Runs a command that adds an authenticator app, and types the code that such an app then shows: `node authenticator-app-program.ts COMMAND…`
 * stands for a person with a phone.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { ADDRESS, authenticatorApp } from './authenticator-app.ts'

const [program = '', ...argv] = process.argv.slice(2)
const child = spawn(program, argv, { stdio: ['pipe', 'inherit', 'pipe'] })
const ended = once(child, 'close')
// A command that is refused reads nothing.
child.stdin.on('error', () => undefined)
let shown = ''
for await (const chunk of child.stderr as AsyncIterable<Buffer>) {
  process.stderr.write(chunk)
  shown += chunk.toString()
  const address = ADDRESS.exec(shown)?.[0]
  if (address !== undefined && shown.endsWith('\n') && !child.stdin.writableEnded)
    child.stdin.end(`${authenticatorApp(address)()}\n`)
}
await ended
process.exitCode = child.exitCode ?? 1
