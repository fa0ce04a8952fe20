import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

/** What a page shows: it is tested as it stands there. */
export interface Preset {
  readonly policy: string
  readonly variables: ReadonlyMap<string, string>
  readonly claims: Claims
}

/** The claims of a token. */
export type Claims = Readonly<Record<string, unknown>>

/** Reads the example on a page of docs/authenticators; a page without variables has none. */
export function presetOn(page: string): Preset {
  const text = readFileSync(`docs/authenticators/${page}.md`, 'utf8')
  const section = (title: string): string =>
    text.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? assert.fail(title)
  const block = (title: string, language: string): string =>
    new RegExp(`\`\`\`${language}\\n(?<block>[^]*?)\`\`\``).exec(section(title))?.groups?.[
      'block'
    ] ?? assert.fail(`${title} has no ${language}`)
  const variables = text.includes('\n## Variables\n') ? section('Variables') : ''
  const rows = variables.matchAll(/^\| `(?<name>[^`]+)` *\| `(?<value>[^`]+)`/gm)
  const claims: unknown = JSON.parse(block('Token', 'json'))
  assert.ok(isClaims(claims))
  return {
    policy: block('Policy', 'yaml'),
    variables: new Map(
      Array.from(rows, ({ groups }) => [groups?.['name'] ?? '', groups?.['value'] ?? '']),
    ),
    claims,
  }
}

const isClaims = (value: unknown): value is Claims =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The claims with another value at a path; without it when the value is `undefined`. */
export function altered(
  claims: Claims,
  [name = '', ...rest]: readonly string[],
  value: unknown,
): Claims {
  const inner = claims[name]
  const changed = rest.length > 0 && isClaims(inner) ? altered(inner, rest, value) : value
  return { ...claims, [name]: changed }
}
