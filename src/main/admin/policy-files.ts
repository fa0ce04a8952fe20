import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { Failure, quoted } from '#lib/failure.ts'

/** A policy as it stands in one file or several. */
export interface PolicyText {
  readonly text: string
  /** The file and the line there, for a line of the text; both count from 1. */
  readonly placeOf: (line: number) => string
}

/** The text of a policy file; throws `usage` when it cannot be read. */
export async function readPolicyFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new Failure('usage', `cannot read ${quoted(path)}`, { cause })
  }
}

/** The policy in the file `path`, or in the files of the folder `path` as if they were one after the other in one. */
export async function readPolicyAt(path: string): Promise<PolicyText> {
  const files = await filesAt(path)
  const texts = await Promise.all(files.map(readPolicyFile))
  const parts = texts.map((text, index) => ({
    file: files[index] ?? path,
    text: text === '' || text.endsWith('\n') ? text : `${text}\n`,
  }))
  return { text: parts.map(({ text }) => text).join(''), placeOf: placesIn(parts) }
}

function placesIn(
  parts: readonly { readonly file: string; readonly text: string }[],
): (line: number) => string {
  return (line) => {
    let left = line
    for (const { file, text } of parts) {
      const lines = text.split('\n').length - 1
      if (left <= lines) return `${file}:${left}`
      left -= lines
    }
    return `${parts.at(-1)?.file ?? ''}:end`
  }
}

/**
 * What tells one state of the policy at `path` from the next: which files, of which size, when written. `undefined` when there is
 * nothing. Links are followed, so that the switch of a link, as Kubernetes does it for a mounted ConfigMap, is a change.
 */
export async function stateAt(path: string): Promise<string | undefined> {
  const files = await filesAt(path)
  const states = await Promise.all(files.map(stateOf))
  return states.includes(undefined) || states.length === 0 ? undefined : states.join('\n')
}

async function stateOf(file: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeNs } = await stat(file, { bigint: true })
    return `${file} ${ino} ${size} ${mtimeNs}`
  } catch (error) {
    if (isAway(error)) return undefined
    throw error
  }
}

/** The file itself, or the YAML files of a folder in the order of their names. */
async function filesAt(path: string): Promise<readonly string[]> {
  try {
    const names = await readdir(path)
    return names
      .filter((name) => /^[^.].*\.ya?ml$/.test(name))
      .toSorted()
      .map((name) => join(path, name))
  } catch (error) {
    if (isAway(error)) return [path]
    throw error
  }
}

/** ENOTDIR: it is a file; ENOENT: there is nothing, or no longer. */
const isAway = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['ENOTDIR', 'ENOENT'].includes(String(error.code))

/** A watched file that names the policy to be loaded instead of holding it, as for `conjurctl policy watch`. */
export interface Trigger {
  /** The file that is named. */
  readonly policy: string
  /** The file that is touched when the load is over. */
  readonly finished: string
}

/** The trigger that a watched file is, when all that it holds is the path of a file; a policy never is one line that names a file. */
export async function triggerIn(path: string, text: string): Promise<Trigger | undefined> {
  const named = text.trim()
  if (named === '' || /[\r\n]/.test(named) || named.startsWith('-')) return undefined
  const policy = isAbsolute(named) ? named : join(process.cwd(), named)
  const isFile = (await stateOf(policy)) !== undefined
  return isFile ? { policy, finished: join(dirname(path), 'finished') } : undefined
}
