import { join } from 'node:path'
import { printable } from '#client/printable.ts'
import { Failure } from '#lib/failure.ts'
import { runProvider } from './provider-process.ts'

const TIMEOUT_MS = 10_000

/** The text that `-V` prints of the providers in a folder: what each answers to `--version` (reference/broker-run-cli.md C.1). */
export async function providerVersions(folder: string, names: readonly string[]): Promise<string> {
  const lines = [`Provider versions in ${folder}:`]
  for (const name of names) {
    // oxlint-disable-next-line no-await-in-loop -- one program at a time
    const version = await versionOf(join(folder, name))
    lines.push(version === undefined ? `${name}: unknown version` : `${name} version ${version}`)
  }
  return `${lines.map(printable).join('\n')}\n`
}

async function versionOf(path: string): Promise<string | undefined> {
  try {
    const run = { path, args: ['--version'], timeoutMs: TIMEOUT_MS }
    const { stdout, fault } = await runProvider(run)
    const version = stdout.toString().trim().slice(0, 200)
    return fault === undefined && version !== '' ? version : undefined
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}
