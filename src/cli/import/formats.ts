import type { ImportEntry } from './entries.ts'
import { checkedEntries } from './entries.ts'
import { parseEnvFile } from './env.ts'
import type { ImportFormat } from './format-names.ts'
import { objectIn, parseValues, parseVaultSecret, vaultData } from './json.ts'
import { parseSecrets } from './kubernetes.ts'

const PARSERS: Readonly<
  Record<ImportFormat, (text: string) => readonly ImportEntry[] | Promise<readonly ImportEntry[]>>
> = {
  env: parseEnvFile,
  kubernetes: parseSecrets,
  vault: parseVaultSecret,
  json: parseValues,
}

/** The values that a text in this format holds, in its order. Throws `usage` for a text that is not in the format. */
export const parseImport = async (
  text: string,
  format: ImportFormat,
): Promise<readonly ImportEntry[]> => checkedEntries(await PARSERS[format](text))

/** The format that a text looks like: JSON and manifests can be told by their first words, anything else is assignments. */
export function detectedFormat(text: string): ImportFormat {
  if (/^(?:\uFEFF)?\s*\{/.test(text)) {
    const object = objectIn(text) ?? {}
    if ('kind' in object && 'apiVersion' in object) return 'kubernetes'
    return vaultData(object) === undefined ? 'json' : 'vault'
  }
  return /^(?:apiVersion|kind):/m.test(text) ? 'kubernetes' : 'env'
}
