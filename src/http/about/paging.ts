import { described } from '#http/openapi/operation.ts'
import type { AnswerHeader, QueryParameter } from '#http/openapi/operation.ts'
import { component, record, text, whole } from '#http/openapi/schema.ts'
import type { Component } from '#http/openapi/schema.ts'

/** A number of things. */
export const count: Component = component('Count', record({ count: whole(0) }))

const token = text({ maxLength: 4096, pattern: '^[A-Za-z0-9_-]*$' })

/** How lists are asked for in pages. */
export const PAGES: Readonly<Record<'limit' | 'offset' | 'page_token', QueryParameter>> = {
  limit: described('The most items of the answer.', whole(1, { maximum: 999_999_999 })),
  offset: described(
    'How many items are left out at the beginning. Without `limit` there are then ten.',
    whole(0, { maximum: 999_999_999 }),
  ),
  page_token: described(
    'Empty for the first page, then what `X-Next-Page` of the answer before says. These pages leave out nothing and give nothing twice, whatever changes meanwhile. It excludes `offset`.',
    token,
  ),
}

/** How lists of the v2 API are asked for in pages. */
export const V2_PAGES: Readonly<Record<'limit' | 'offset', QueryParameter>> = {
  limit: described('The most items of the answer.', whole(0, { maximum: 1000 })),
  offset: described(
    'How many items are left out at the beginning. Without `limit` there are then ten.',
    whole(0, { maximum: 999_999_999_999_999 }),
  ),
}

/** The header of a page that is not the last. */
export const NEXT_PAGE: Readonly<Record<string, AnswerHeader>> = {
  'X-Next-Page': {
    description: 'The `page_token` of the next page, when pages are asked for and there is one.',
    schema: token,
    isRequired: false,
  },
}
