import { refused } from './refusal.ts'
import { isJsonObject, type JsonObject } from './strict-json.ts'

/** The object in `text`, which we configured or asked for; throws the refusal `complaint` when it is none. */
export function parseDocument(text: string, complaint: string): JsonObject {
  const value = parsed(text)
  if (!isJsonObject(value)) throw refused(complaint)
  return value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The complaint of the parser quotes what it read, and a setting is a secret: the caller has its own.
    return undefined
  }
}
