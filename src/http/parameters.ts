import type { Call } from './call.ts'
import { formFields, jsonFields } from './form.ts'
import type { Fields } from './form.ts'

/** The parameters of a request, from its query and its body. */
export interface Parameters {
  /** The value of a parameter; `undefined` when it is absent or no text. */
  text(name: string): string | undefined
  /** The values of a parameter that may be given several times; a single one is a list of one. */
  list(name: string): readonly string[]
  /** The members of a parameter that has some: `name[member]=value` in a form, an object in JSON. */
  members(name: string): ReadonlyMap<string, string>
}

const FORM: readonly string[] = ['', 'application/x-www-form-urlencoded']

/** The types of a body that is a form, also where a client says that it is plain text. */
export const FORM_OR_TEXT: readonly string[] = [...FORM, 'text/plain']

/**
 * The parameters of a request (reference/conjur-api.md 1.1): those of the query, overridden by those of a body that is a form, by one of the
 * types `forms`, or a JSON object. A body of another type is not looked at. Throws `bad_request` for malformed JSON.
 */
export async function readParameters(
  call: Call,
  forms: readonly string[] = FORM,
): Promise<Parameters> {
  const fields = new Map([...formFields(call.query), ...(await bodyFields(call, forms))])
  return {
    text: (name) => fields.get(name)?.values.at(-1),
    list: (name) => fields.get(name)?.values ?? [],
    members: (name) => fields.get(name)?.members ?? new Map(),
  }
}

async function bodyFields(call: Call, forms: readonly string[]): Promise<Fields> {
  const type = call.header('content-type').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (type === 'application/json') return jsonFields(await call.body())
  if (!forms.includes(type)) return new Map()
  return formFields(new URLSearchParams((await call.body()).toString('utf8')))
}
