import type { Attribute } from '#domain/attestation.ts'
import { isClaimName, isDenied } from './claim-path.ts'
import { isJsonObject, JsonNumber, type JsonObject } from './strict-json.ts'

/** The attribute that stands for the claim at a path: `jwt.kubernetes.io/pod/name`. */
export const attributeOf = (path: string): string => `jwt.${path}`

/**
 * What a token says of its bearer: an attribute for each claim at each depth, but for those about the token itself. A list has all its texts
 * as values, a number and a boolean their literal; an object, and whatever else, has none. Claims whose names hold a slash or something
 * else that no path can name are left out, so that no two claims are one attribute.
 */
export function attributesIn(claims: JsonObject): readonly Attribute[] {
  const attributes: Attribute[] = []
  const add = (object: JsonObject, prefix: string): void => {
    for (const [name, value] of Object.entries(object)) {
      const path = `${prefix}${name}`
      if (!isClaimName(name) || isDenied(path) || value === null) continue
      attributes.push({ name: attributeOf(path), values: valuesOf(value), source: 'token' })
      if (isJsonObject(value)) add(value, `${path}/`)
    }
  }
  add(claims, '')
  return attributes
}

function valuesOf(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return [claim]
  if (typeof claim === 'boolean') return [String(claim)]
  if (claim instanceof JsonNumber) return [claim.text]
  return Array.isArray(claim) ? claim.filter((item) => typeof item === 'string') : []
}
