/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The names of variables with which our client, or the provider, finds its server and proves who it is. */
const OWN = /^(?:CONJUR_.*|CONJURRC|JWT_TOKEN_PATH|STRONGROOM_MFA_CODE|STRONGROOM_AUTHN_.*)$/

/** The environment without what configures our own client: its server, its login, and where its credentials are. */
export const withoutOwn = (environment: Environment): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !OWN.test(name)))
