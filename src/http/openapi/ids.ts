import { component, list, text } from './schema.ts'
import type { Component, Keywords } from './schema.ts'

/** The longest identifier, in code points (src/domain/id.ts). */
const LONGEST = 950

/** A name of an account, or a kind. */
export const name: Keywords = text({ minLength: 1, maxLength: 60, pattern: '^[^:\\p{Cc}]+$' })

/** All of an id that follows the kind. */
export const identifier: Keywords = text({
  minLength: 1,
  maxLength: LONGEST,
  pattern: '^\\P{Cc}+$',
})

/** A full id. */
export const fullId: Component = component(
  'Id',
  text({
    description: 'The full id of a role or a resource: `account:kind:identifier`.',
    pattern: '^[^:\\p{Cc}]{1,60}:[^:\\p{Cc}]{1,60}:\\P{Cc}{1,950}$',
  }),
)

/** Full ids in a list. */
export const idList: Component = component('Ids', list(fullId))

/** The full id of something of these kinds. */
export const idOfKinds = (...kinds: readonly string[]): Keywords =>
  text({ pattern: `^[^:\\p{Cc}]{1,60}:(?:${kinds.join('|')}):\\P{Cc}{1,950}$` })

/** The full id of something of any kind but these. */
export const idOfOtherKinds = (...kinds: readonly string[]): Keywords =>
  text({
    pattern: `^[^:\\p{Cc}]{1,60}:(?!(?:${kinds.join('|')}):)[^:\\p{Cc}]{1,60}:\\P{Cc}{1,950}$`,
  })

/** A moment as most of the API writes it, in milliseconds and with a zone. */
export const moment = (description: string): Keywords => text({ description, format: 'date-time' })

/** A role or a resource of the v2 API. */
export const roleReference = (kinds: readonly string[] | undefined): Keywords => ({
  type: 'object',
  properties: {
    kind: kinds === undefined ? text({ minLength: 1 }) : text({ enum: kinds }),
    id: text({ minLength: 1 }),
  },
  required: ['kind', 'id'],
  additionalProperties: false,
})
