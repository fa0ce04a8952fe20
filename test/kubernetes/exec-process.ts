import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { WebSocket } from 'ws'

/** The folder of a container stands for its root: a script that names the folder of certificates means the one there. */
const CERTIFICATES = '/etc/conjur/ssl'

/** Runs the command of an `exec` in the folder that stands for a container, over a conversation in one of the subprotocols. */
export function runProcess(socket: WebSocket, root: string, command: readonly string[]): void {
  const { protocol } = socket
  const tellsStatus = protocol === 'v5.channel.k8s.io' || protocol === 'v4.channel.k8s.io'
  const [program = '', ...args] = command
  const child = spawn(program, args, {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', TMPDIR: join(root, 'tmp') },
    stdio: 'pipe',
  })
  const tell = (channel: number, bytes: Uint8Array | string): void =>
    socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(bytes)]))
  // Before version 4 each stream begins with a message without bytes.
  if (!tellsStatus) for (const channel of [1, 2, 3]) tell(channel, '')
  child.stdout.on('data', (bytes: Buffer) => tell(1, bytes))
  child.stderr.on('data', (bytes: Buffer) => tell(2, bytes))
  child.stdin.on('error', () => socket.terminate())
  child.once('error', (error) => {
    tell(
      3,
      tellsStatus
        ? failure({ reason: 'InternalError', message: error.message })
        : 'no such program',
    )
    socket.close(1000)
  })
  child.once('close', (code) => {
    if (tellsStatus) tell(3, code === 0 ? '{"metadata":{},"status":"Success"}' : exited(code ?? -1))
    else if (code !== 0) tell(3, `command terminated with exit code ${code}`)
    socket.close(1000)
  })
  socket.on('message', (data: Buffer) => {
    const [channel, stream] = data
    if (channel === 0)
      child.stdin.write(
        data.subarray(1).toString().replaceAll(CERTIFICATES, join(root, CERTIFICATES)),
      )
    // Before version 5 the input of a process has no end.
    if (channel === 255 && stream === 0 && protocol === 'v5.channel.k8s.io') child.stdin.end()
  })
  socket.once('close', () => child.kill('SIGKILL'))
}

const failure = (more: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ metadata: {}, status: 'Failure', ...more })

const exited = (code: number): string =>
  failure({
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  })

/** A file of a container; `undefined` when it is not there. */
export async function fileIn(root: string, path: string): Promise<string | undefined> {
  try {
    return await readFile(join(root, path), 'utf8')
  } catch {
    // Whoever asks wants to know whether it is there.
    return undefined
  }
}
