import { PATHS } from '#api/paths.ts'
import { jsonText } from '#http/answer.ts'
import { STATUS } from '#http/about/status.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'

/** The description of all routes, itself included, to everybody; `document` is asked for its text at the first request only. */
export function openApiRoute(document: () => string): Route {
  let text: string | undefined
  return route(
    'GET',
    PATHS.openApi,
    STATUS.openApi,
    async () => jsonText(200, (text ??= document())),
    { access: 'open' },
  )
}
