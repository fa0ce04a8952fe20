import { PATHS } from '#api/paths.ts'
import { MFA_PAGE } from '#http/about/mfa-page.ts'
import type { Answer } from '#http/answer.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'

/** The page on which people create and use passkeys: its texts, as files hold them. */
export interface MfaPage {
  readonly html: string
  readonly script: string
  readonly style: string
}

/**
 * INVARIANT: nothing but the two files beside it runs or shows in the page, it speaks to this server alone, and nobody can put it in a frame
 * (attack `headers/UI`). It knows no person and no secret: what it is for stands in the fragment of its address, which browsers send to nobody.
 */
const HEADERS: readonly string[] = [
  'Content-Security-Policy',
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'Permissions-Policy',
  'publickey-credentials-create=(self), publickey-credentials-get=(self), clipboard-write=(self)',
  'Cross-Origin-Opener-Policy',
  'same-origin',
  'Cross-Origin-Resource-Policy',
  'same-origin',
  'Referrer-Policy',
  'no-referrer',
  'Cache-Control',
  'no-cache',
]

const file =
  (type: string, body: string): (() => Promise<Answer>) =>
  async () => ({ status: 200, type: `${type}; charset=utf-8`, body, headers: HEADERS })

/** The page and its two files, for everybody. */
export const mfaPageRoutes = ({ html, script, style }: MfaPage): readonly Route[] => [
  route('GET', PATHS.mfaPage, MFA_PAGE.show, file('text/html', html), { access: 'open' }),
  route('GET', PATHS.mfaPageScript, MFA_PAGE.script, file('text/javascript', script), {
    access: 'open',
  }),
  route('GET', PATHS.mfaPageStyle, MFA_PAGE.style, file('text/css', style), { access: 'open' }),
]
