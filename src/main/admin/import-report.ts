import type { ImportedAccount, LeftBehind } from '#app/import-conjur.ts'

/** What was taken over of an account, and line by line what was not, why, and what to do about it. */
export const describeImport = (
  { account, taken, left, authenticators }: ImportedAccount,
  installed: readonly string[],
): readonly string[] => [
  `Imported account '${account}': ${countsOf(taken)}`,
  ...leftBehind(left),
  ...authenticators
    .filter((instance) => !installed.includes(instance.split('/', 1)[0] ?? ''))
    .map((instance) => `  authenticator that this version does not have: ${instance}`),
]

const countsOf = (taken: ImportedAccount['taken']): string =>
  [
    `${taken.roles} roles`,
    `${taken.resources} resources`,
    `${taken.annotations} annotations`,
    `${taken.secrets} secret versions`,
    `${taken.policyVersions} policy versions`,
    `${taken.apiKeys} API keys`,
    `${taken.hostFactoryTokens} host factory tokens`,
  ].join(', ')

const leftBehind = (left: LeftBehind): readonly string[] => [
  ...left.passwords.map(
    (role) =>
      `  password to be set anew, as its hash is not checked here: strongroom admin role reset-password ${role}`,
  ),
  ...counted(left.expiredApiKeys, 'API keys that have expired'),
  ...counted(left.expiredHostFactoryTokens, 'host factory tokens that have expired'),
  ...counted(left.issuers, 'issuers, to be made anew'),
  ...counted(
    left.foreignRights,
    'memberships and permissions of roles of other accounts, to be granted anew',
  ),
  ...left.foreignOwned.map(
    (id) => `  owned by a role of another account, now by the administrator: ${id}`,
  ),
]

const counted = (number: number, what: string): readonly string[] =>
  number === 0 ? [] : [`  left behind: ${number} ${what}`]
