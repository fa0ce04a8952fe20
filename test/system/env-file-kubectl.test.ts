import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { renderEnvFile } from '#run/env-file.ts'
import type { Variable } from '#run/env-file.ts'
import { lacking } from '../../scripts/debian-packages.ts'
import { temporaryFolder } from './database.ts'

/** Pieces that a reader of env files might trim, split at, expand, take for a comment or take for the end. */
const PIECES = [' ', '\t', '\v', '\f', '\u0085', '\u00A0', '\u2028', '\uFEFF', '#', '=', '"', "'"]
const MORE_PIECES = ['\\', '$', '${A}', '%', '`id`', 'ü', '日本', '🔑', 'export ', 'x']
const ALL = [...PIECES, ...MORE_PIECES]

/** Each piece at the start, in the middle, at the end and alone; each pair; and the longest line that fits. */
const VALUES = [
  '',
  ...ALL.flatMap((piece) => [piece, `${piece}x`, `x${piece}x`, `x${piece}`]),
  ...ALL.flatMap((one) => ALL.map((other) => one + other)),
  'x'.repeat(64 * 1024 - 1 - 'V000='.length),
]

test(
  'a real kubectl reads every value of the env file for it as it is',
  { skip: lacking('kubernetes-client') },
  async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'values.env')
    const variables = VALUES.map((value, n): Variable => [`V${String(n).padStart(3, '0')}`, value])
    await writeFile(path, renderEnvFile(variables, 'kubectl'))
    const create = ['create', 'secret', 'generic', 'all', `--from-env-file=${path}`]
    const { status, stdout, stderr } = spawnSync(
      'kubectl',
      [...create, '--dry-run=client', '--output=json'],
      { encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: folder.path } },
    )
    assert.deepEqual([status, stderr], [0, ''])
    const secret = JSON.parse(stdout) as { readonly data: Readonly<Record<string, string>> }
    const read = Object.entries(secret.data).map(([key, value]) => [
      key,
      Buffer.from(value, 'base64').toString('utf8'),
    ])
    assert.deepEqual(Object.fromEntries(read), Object.fromEntries(variables))
  },
)
