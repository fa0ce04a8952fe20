import type { ProviderOutput } from './provider-process.ts'

/** The ids as a provider reads them in stream mode; `undefined` when one cannot be said on a line. */
export const streamInput = (ids: readonly string[]): string | undefined =>
  ids.some((id) => id === '' || /[\n\r]/.test(id)) ? undefined : ids.map((id) => `${id}\n`).join('')

/**
 * The values that a provider answered in stream mode, one base64 a line in the order of the ids (reference/broker-run-cli.md C.5);
 * `undefined` when that is not what it did, as a provider that knows no such mode. Then no line can be trusted to belong to its id.
 */
export function streamValues(
  ids: readonly string[],
  { stdout, stderr, fault }: ProviderOutput,
): ReadonlyMap<string, Buffer> | undefined {
  if (fault !== undefined || stdout.length === 0) return undefined
  const lines = stdout
    .toString('latin1')
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
  if (lines.length !== ids.length || !lines.every(isBase64)) return undefined
  // One that said something went wrong may have left the value out; one that repeats the ids does not know what they are.
  if (stderr !== '' && lines.includes('')) return undefined
  if (lines.some((line, at) => line === ids[at])) return undefined
  return new Map(ids.map((id, at) => [id, Buffer.from(lines[at] ?? '', 'base64')]))
}

const isBase64 = (line: string): boolean =>
  line.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(line)
