import { Failure, quoted } from '#lib/failure.ts'
import type { ImportEntry } from './entries.ts'
import { parseYaml } from './yaml.ts'

type Members = ReadonlyMap<unknown, unknown>

const NONE: Members = new Map()

/** The mapping under a name; an empty one where there is none. */
const mappingIn = (members: Members, name: string): Members => {
  const value = members.get(name)
  return value instanceof Map ? value : NONE
}

const textIn = (members: Members, name: string): string | undefined => {
  const value = members.get(name)
  return typeof value === 'string' ? value : undefined
}

/**
 * The values of the Secrets in manifests of Kubernetes, under `NAMESPACE/NAME/KEY`, or `NAME/KEY` where the manifest names no
 * namespace. Objects of other kinds are passed over. Throws `usage` when there is no Secret, and for a value that is not base64.
 */
export async function parseSecrets(text: string): Promise<readonly ImportEntry[]> {
  const documents = await parseYaml(text)
  const secrets = documents.flatMap(secretsIn)
  if (secrets.length === 0) throw new Failure('usage', 'the file holds no Secret')
  return secrets.flatMap(entriesOf)
}

function secretsIn(document: unknown): readonly Members[] {
  if (!(document instanceof Map)) return []
  const kind = textIn(document, 'kind') ?? ''
  if (kind === 'Secret') return [document]
  const items: unknown = document.get('items')
  // A list of lists is nothing that Kubernetes knows.
  if (!kind.endsWith('List') || !Array.isArray(items)) return []
  return items.filter(
    (item): item is Members => item instanceof Map && item.get('kind') === 'Secret',
  )
}

function entriesOf(secret: Members): readonly ImportEntry[] {
  const metadata = mappingIn(secret, 'metadata')
  const name = textIn(metadata, 'name')
  if (name === undefined) throw new Failure('usage', 'a Secret has no name')
  const folder = [textIn(metadata, 'namespace'), name]
    .filter((part) => part !== undefined)
    .join('/')
  const data = valuesOf(folder, mappingIn(secret, 'data'), fromBase64)
  const stringData = valuesOf(folder, mappingIn(secret, 'stringData'), (_, value) =>
    Buffer.from(value),
  )
  // What is said in both counts as it is in stringData.
  return Array.from(new Map([...data, ...stringData]), ([id, value]) => ({ id, value }))
}

const valuesOf = (
  folder: string,
  values: Members,
  read: (id: string, value: string) => Buffer,
): ReadonlyMap<string, Buffer> =>
  new Map(
    [...values].map(([key, value]) => {
      const id = `${folder}/${String(key)}`
      if (typeof value !== 'string') throw new Failure('usage', `${quoted(id)} is not a text`)
      return [id, read(id, value)]
    }),
  )

function fromBase64(id: string, value: string): Buffer {
  const text = value.replaceAll(/\s/g, '')
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    throw new Failure('usage', `the value of ${quoted(id)} is not base64`)
  }
  return Buffer.from(text, 'base64')
}
