import { SETTINGS } from '../server/setting-table.ts'
import type { AdminSurroundings } from './surroundings.ts'

/**
 * Where `conjurctl server` listens when nothing else is said, as in the container of Conjur: everywhere, without TLS, behind whatever
 * terminates TLS there (reference/conjur-api.md 7.6).
 */
const CONJUR_STANDARDS: Readonly<Record<string, string>> = {
  'bind-address': '0.0.0.0',
  port: '80',
  tls: 'off',
}

/** The standard values of who is called, where they differ. */
export const standardsOf = ({
  name,
}: Pick<AdminSurroundings, 'name'>): Readonly<Record<string, string>> =>
  name === 'conjurctl' ? CONJUR_STANDARDS : {}

/** The name of a setting as who is called shows it. */
export const shownName = ({ name }: Pick<AdminSurroundings, 'name'>, setting: string): string =>
  (name === 'conjurctl' ? SETTINGS[setting]?.conjurKey : undefined) ?? setting
