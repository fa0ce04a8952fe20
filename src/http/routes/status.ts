import { getFips } from 'node:crypto'
import { PATHS } from '#api/paths.ts'
import { API_VERSION } from '#api/version.ts'
import type { WhoAmI } from '#app/who-am-i.ts'
import { STATUS } from '#http/about/status.ts'
import { json, text } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import { printTime } from '#http/print-resource.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'

/** What the routes of status know and use. */
export interface StatusUses {
  readonly whoAmI: WhoAmI
  /** Resolves when requests can be served; throws `unavailable` otherwise. */
  readonly ready: () => Promise<void>
  /** Our own version. */
  readonly version: string
}

/** Whether the server lives, whether it can serve, what it is, and who asks. */
export const statusRoutes = ({ whoAmI, ready, version }: StatusUses): readonly Route[] => [
  route(
    'GET',
    PATHS.status,
    STATUS.show,
    async (call) =>
      call.header('accept').includes('application/json')
        ? json(200, { version: API_VERSION, strongroom: version })
        : statusPage(version),
    { access: 'open' },
  ),
  route('GET', PATHS.alive, STATUS.alive, async () => text(200, 'alive\n'), { access: 'open' }),
  route(
    'GET',
    PATHS.ready,
    STATUS.ready,
    async () => {
      await ready()
      return text(200, 'ready\n')
    },
    { access: 'open' },
  ),
  route('GET', PATHS.whoami, STATUS.whoAmI, async (call) => {
    const { clientIp, account, login, issuedAt } = await whoAmI(await call.session())
    return json(200, {
      client_ip: clientIp,
      user_agent: call.header('user-agent'),
      account,
      username: login,
      token_issued_at: printTime(new Date(issuedAt)),
    })
  }),
]

/** The version of the API's description that a Conjur server of our version names. */
const DESCRIPTION_VERSION = '5.3.1'

/** The page of reference/conjur-api.md 1.5: existing clients look for the first `Version` at the beginning of a `dd`. */
const statusPage = (version: string): Answer => ({
  status: 200,
  type: 'text/html; charset=utf-8',
  headers: ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  body: `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Strongroom</title></head>
<body>
<h1>Strongroom is running</h1>
<dl>
<dt>API</dt>
<dd>Version ${API_VERSION}</dd>
<dd>API Version ${DESCRIPTION_VERSION}</dd>
<dd>FIPS mode ${getFips() === 1 ? 'enabled' : 'disabled'}</dd>
<dt>Strongroom</dt>
<dd>${version}</dd>
</dl>
</body>
</html>
`,
})
