import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'

/** The real programs that system tests hold us against, by the Debian package that brings each: a file of it, as a glob. */
const PROGRAMS = {
  chromium: '/usr/bin/chromium',
  fish: '/usr/bin/fish',
  'kubernetes-client': '/usr/bin/kubectl',
  openssl: '/usr/bin/openssl',
  postgresql: '/usr/lib/postgresql/*/bin/initdb',
  procps: '/usr/bin/ps',
  'python3-venv': '/usr/lib/python3*/ensurepip/__init__.py',
  rsyslog: '/usr/sbin/rsyslogd',
  'rsyslog-openssl': '/usr/lib/*/rsyslog/lmnsd_ossl.so',
  slapd: '/usr/sbin/slapd',
  zsh: '/usr/bin/zsh',
} as const

/** A package of Debian that tests use. */
export type DebianPackage = keyof typeof PROGRAMS

const missingPackages = (): readonly string[] =>
  Object.entries(PROGRAMS).flatMap(([name, file]) => (globSync(file).length === 0 ? [name] : []))

/** Why a test that needs these packages cannot run here, for its `skip`: the line that installs what is missing; `false` when it can. */
export function lacking(...packages: readonly DebianPackage[]): string | false {
  const absent = new Set(missingPackages())
  const missing = packages.filter((name) => absent.has(name))
  return missing.length > 0 && `it needs real programs: apt-get install ${missing.join(' ')}`
}

/**
 * Installs the packages that are missing. Who may not install, or has no registry of Debian, is told what is missing, and the tests that
 * need it skip with the same words; in CI that is a failure, which `false` says.
 */
export function installMissing(): boolean {
  const missing = missingPackages()
  if (missing.length === 0) return true
  process.stdout.write(`Installing for the tests: ${missing.join(' ')}\n`)
  const installed = process.getuid?.() === 0 && install(missing)
  if (installed) return true
  const line = `apt-get install ${missing.join(' ')}`
  process.stderr.write(`Could not; tests that need them will skip. As root: ${line}\n`)
  return process.env['CI'] === undefined
}

function install(packages: readonly string[]): boolean {
  const installing = ['install', '--yes', '--no-install-recommends', ...packages]
  return aptGet(['update']) && aptGet(installing) && missingPackages().length === 0
}

/** Runlevel 1 keeps Debian from starting the services that it installs. */
function aptGet(args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const { status } = spawnSync('apt-get', ['-qq', ...args], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return status === 0
}
