import type { ChildProcess } from 'node:child_process'
import { closeSync } from 'node:fs'
import type { Readable } from 'node:stream'
import type { NamedPipe } from './mask/named-pipe.ts'
import type { Source } from './mask/source.ts'
import { sourceOfPipe, sourceOfStream } from './mask/source.ts'

/** What stands between a child and our own streams. */
export interface Carrier {
  /** A pipe for a child to write to; `undefined` leaves the making of one to Node. */
  readonly makePipe: () => NamedPipe | undefined
  /** Carries what a child prints to our own stream of that number, until it ends. */
  readonly carry: (output: Source, file: 1 | 2) => Promise<void>
}

/** Where a child that is to be started prints to. */
export interface ChildOutput {
  /** What spawn takes for the two output streams. */
  readonly streams: readonly ['inherit' | 'pipe' | number, 'inherit' | 'pipe' | number]
  /** Carries what the child prints until all of it has ended. */
  carry(child: Pick<ChildProcess, 'stdout' | 'stderr'>): Promise<void>
  /** To be called as soon as the child has its ends of the pipes, or will not have them: ours would keep them from ending. */
  release(): void
}

/** The output of a child on our own streams; nothing stands between. */
export const inheritedOutput: ChildOutput = {
  streams: ['inherit', 'inherit'],
  carry: () => Promise.resolve(),
  release: () => undefined,
}

/** The output of a child that `carrier` carries. */
export function carriedOutput(carrier: Carrier): ChildOutput {
  const stdout = carrier.makePipe()
  const stderr = carrier.makePipe()
  return {
    streams: [stdout?.input ?? 'pipe', stderr?.input ?? 'pipe'],
    async carry(child) {
      await Promise.all([
        carryIfAny(carrier, sourceOf(stdout, child.stdout), 1),
        carryIfAny(carrier, sourceOf(stderr, child.stderr), 2),
      ])
    },
    release() {
      for (const pipe of [stdout, stderr]) if (pipe !== undefined) closeSync(pipe.input)
    },
  }
}

function sourceOf(pipe: NamedPipe | undefined, stream: Readable | null): Source | undefined {
  if (pipe !== undefined) return sourceOfPipe(pipe.output)
  return stream === null ? undefined : sourceOfStream(stream)
}

async function carryIfAny(
  { carry }: Carrier,
  output: Source | undefined,
  file: 1 | 2,
): Promise<void> {
  if (output !== undefined) await carry(output, file)
}
