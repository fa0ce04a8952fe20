import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { commandsIn } from '#cli/command.ts'
import { COMMANDS } from '#cli/table.ts'
import { readTranscript } from '../../scripts/transcripts.ts'
import type { Step } from '../../scripts/transcripts.ts'
import type { TranscriptShell, TranscriptWorld } from './transcript-world.ts'
import { startTranscriptWorld } from './transcript-world.ts'

let world: TranscriptWorld

before(async () => {
  world = await startTranscriptWorld()
})

after(() => world[Symbol.asyncDispose]())

for (const { path } of commandsIn(COMMANDS)) {
  test(`strongroom ${path.join(' ')} does what its transcript shows`, async () => {
    await using shell = await world.open(path.join('-'))
    for (const step of readTranscript(path)) await assertStep(shell, step)
  })
}

async function assertStep(shell: TranscriptShell, step: Step): Promise<void> {
  const { exitCode, stdout, stderr } = await shell.run(step.command)
  assert.deepEqual(
    { exitCode, stdout: masked(stdout, step.stdout), stderr: masked(stderr, step.stderr) },
    { exitCode: step.exitCode, stdout: step.stdout, stderr: step.stderr },
    step.command,
  )
}

/** `expected` where `…` stands for what is different each time and the rest is the same; the text itself otherwise, so that a failure shows it. */
function masked(text: string, expected: string): string {
  const parts = expected.split('…').map((part) => RegExp.escape(part))
  return new RegExp(`^${parts.join('[^\\n]+')}$`).test(text) ? expected : text
}
