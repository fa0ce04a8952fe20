import { v2 } from './record-case.ts'
import type { Case } from './record-case.ts'

const branch = { branch: 'data/x' }
const jwt = {
  authenticator: 'authn-jwt',
  resource: 'acme:webservice:conjur/authn-jwt/kube',
}

/** What is done to branches. */
export const BRANCH_CASES: readonly Case[] = [
  v2(
    'branch',
    'create',
    branch,
    ['created', 'create'],
    "branch data/x with URI path: '/branches/acme'",
  ),
  v2(
    'branch',
    'get',
    branch,
    ['retrieved', 'retrieve'],
    "branch data/x with URI path: '/branches/acme/data/x'",
  ),
  v2(
    'branch',
    'update',
    branch,
    ['updated', 'update'],
    "branch data/x with URI path: '/branches/acme/data/x'",
  ),
  v2(
    'branch',
    'remove',
    branch,
    ['removed', 'remove'],
    "branch data/x with URI path: '/branches/acme/data/x'",
  ),
  v2('branch', 'list', branch, ['listed', 'list'], "branch data/x with URI path: '/branches/acme'"),
]

/** What is done to authenticators. */
export const AUTHENTICATOR_CASES: readonly Case[] = [
  v2('jwt', 'create', jwt, ['created', 'create'], "jwt kube with URI path: '/authenticators/acme'"),
  v2(
    'jwt',
    'get',
    jwt,
    ['retrieved', 'retrieve'],
    "jwt kube with URI path: '/authenticators/acme/jwt/kube'",
  ),
  v2(
    'jwt',
    'enable',
    jwt,
    ['enabled', 'enable'],
    "jwt kube with URI path: '/authenticators/acme/jwt/kube'",
  ),
  v2(
    'jwt',
    'delete',
    jwt,
    ['deleted', 'delete'],
    "jwt kube with URI path: '/authenticators/acme/jwt/kube'",
  ),
  v2(
    'authenticators',
    'list',
    {},
    ['listed', 'list'],
    "authenticators with URI path: '/authenticators/acme'",
  ),
]
