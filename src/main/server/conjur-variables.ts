/** What becomes of a variable of the environment of a Conjur server that is no setting here (reference/conjur-api.md 7.6). */
export interface ConjurVariable {
  /** Why it has no effect, or where it has one: a phrase for the documentation. */
  readonly fate: string
  /** It has its effect in a command, so that the server need not say that it ignores it. */
  readonly command?: true
}

/** All those variables; a name that ends in `*` stands for all that begin so. */
export const CONJUR_VARIABLES: Readonly<Record<string, ConjurVariable>> = {
  CONJUR_ADMIN_PASSWORD: {
    fate: 'the password of the administrator after `policy load`, `policy watch` and `server --file`',
    command: true,
  },
  'CONJUR_PASSWORD_*': {
    fate: 'the password of a user that such a load creates: `CONJUR_PASSWORD_ALICE_DEV` of `alice@dev`',
    command: true,
  },
  CONJUR_EXTENSIONS: { fate: 'there are no plug-ins in Ruby' },
  CONJUR_AUTHN_JWT_IGNORE_MISSING_ISSUER_CLAIM: {
    fate: 'a token whose issuer is to be checked must name it',
  },
  CONJUR_FEATURE_POLICY_LOAD_EXTENSIONS_ENABLED: { fate: 'what there is, is on' },
  CONJUR_FEATURE_ROLES_API_EXTENSIONS_ENABLED: { fate: 'the same' },
  CONJUR_AUTHN_LOCAL_QUEUE_LENGTH: { fate: 'the socket of `local-socket` has bounds of its own' },
  CONJUR_AUTHN_LOCAL_TIMEOUT: { fate: 'the same; a line may take a second' },
  CONJUR_METRICS_DIR: { fate: 'metrics are kept in memory' },
  AUDIT_DATABASE_URL: { fate: 'the audit trail is in the database itself; see `audit-log`' },
  RAILS_MAX_THREADS: { fate: 'one process serves requests without a thread each' },
  WEB_CONCURRENCY: { fate: 'the same; start more servers on one database' },
  DATABASE_CONNECTIONS_PER_THREAD: { fate: 'a server has at most nine connections' },
  MAX_REQUESTS_PER_CONNECTION: { fate: 'a connection serves as many as it is asked for' },
  OPENSSL_FIPS_ENABLED: { fate: 'the OpenSSL of Node and its own configuration decide' },
  SSL_CERT_DIRECTORY: {
    fate: 'use `outbound-ca`, or the `ca-cert` variable of an authenticator',
  },
  KUBE_EXEC_COMMAND_TIMEOUT: {
    fate: 'the variable `kubernetes/exec-timeout` of an instance of authn-k8s says it',
  },
  http_proxy: { fate: 'one proxy leads to all hosts, over TLS or not: see `outbound-proxy`' },
}

const isCalled = (pattern: string, variable: string): boolean =>
  pattern.endsWith('*') ? variable.startsWith(pattern.slice(0, -1)) : variable === pattern

/** What is known of `variable`; `undefined` when Conjur does not know it either. */
export const conjurVariable = (variable: string): ConjurVariable | undefined =>
  Object.entries(CONJUR_VARIABLES).find(([pattern]) => isCalled(pattern, variable))?.[1]

/** What becomes of a name in the file of settings of a Conjur server that is no setting here. */
export const CONJUR_KEYS: Readonly<Record<string, string>> = {
  extensions: 'CONJUR_EXTENSIONS',
  authn_jwt_ignore_missing_issuer_claim: 'CONJUR_AUTHN_JWT_IGNORE_MISSING_ISSUER_CLAIM',
}
