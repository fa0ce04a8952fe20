import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Accounts } from './account.ts'

/** The only role that may connect, and the database that it owns. It is no superuser. */
export const DATABASE = 'strongroom'

/** The port that names the socket file; nothing listens on the network. */
export const PORT = 5432

/** Where the files are that a postmaster reads. */
export interface Places {
  readonly data: string
  readonly sockets: string
  readonly hba: string
  readonly ident: string
}

/**
 * Writes who may connect: the user of this process, recognised by the kernel on the Unix socket, as `strongroom`. Nobody
 * else on the machine may, not even the user that the database itself runs as.
 */
export async function writeAccess(places: Places, accounts: Accounts): Promise<void> {
  await writePublic(places.hba, `local ${DATABASE} ${DATABASE} peer map=server\n`)
  await writePublic(places.ident, `server "${accounts.self.name}" ${DATABASE}\n`)
}

async function writePublic(file: string, text: string): Promise<void> {
  await writeFile(file, text)
  await chmod(file, 0o644)
}

/** What holds for the database while it is made and while it serves: small, and durable at every commit. */
const FRUGAL = {
  shared_buffers: '32MB',
  max_connections: '20',
  max_worker_processes: '0',
  max_parallel_workers: '0',
  max_logical_replication_workers: '0',
  max_wal_senders: '0',
  wal_level: 'minimal',
  autovacuum_max_workers: '1',
  autovacuum_worker_slots: '1',
  jit: 'off',
  io_method: 'sync',
} as const

const DURABLE = {
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  autovacuum: 'on',
  checkpoint_completion_target: '0.9',
  max_wal_size: '256MB',
  password_encryption: 'scram-sha-256',
} as const

/** No statement, no parameter and no row is ever written to the log. */
const SILENT = {
  log_destination: 'stderr',
  logging_collector: 'off',
  log_line_prefix: '',
  log_error_verbosity: 'terse',
  log_statement: 'none',
  log_min_error_statement: 'panic',
  log_min_duration_statement: '-1',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_checkpoints: 'off',
  log_connections: '',
  log_disconnections: 'off',
} as const

const CLIENTS = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  superuser_reserved_connections: '0',
  client_connection_check_interval: '1s',
} as const

/** The arguments of the postmaster. They are code, so that they change with the program and not with the age of the data. */
export function postmasterArguments(places: Places): readonly string[] {
  const settings = {
    ...FRUGAL,
    ...DURABLE,
    ...SILENT,
    ...CLIENTS,
    port: String(PORT),
    unix_socket_directories: places.sockets,
    hba_file: places.hba,
    ident_file: places.ident,
  }
  return [
    '-D',
    places.data,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
}

/** The arguments with which `initdb` makes a cluster in `folder`; it syncs nothing, {@link syncArguments} do that once at the end. */
export function initArguments(folder: string): readonly string[] {
  const who = ['--pgdata', folder, '--username', 'postgres', '--auth', 'peer']
  const how = ['--encoding', 'UTF8', '--no-locale', '--data-checksums', '--no-sync']
  const settings = Object.entries(FRUGAL).flatMap(([name, value]) => ['--set', `${name}=${value}`])
  return [...who, ...how, ...settings]
}

/** The arguments with which `initdb` makes `folder` durable. */
export function syncArguments(folder: string): readonly string[] {
  const method = process.platform === 'linux' ? ['--sync-method', 'syncfs'] : []
  return ['--pgdata', folder, '--sync-only', ...method]
}

/** The arguments of the single-user server that creates role and database in a new cluster. */
export const setupArguments = (folder: string): readonly string[] => [
  '--single',
  '-D',
  folder,
  '-c',
  'fsync=off',
  '-c',
  'exit_on_error=on',
  'postgres',
]

/** What that server is told, one statement a line. */
export const SETUP: string = [
  `create role ${DATABASE} login`,
  `create database ${DATABASE} owner ${DATABASE} template template0`,
  '',
].join('\n')

/** The folder `home` of a database laid out. */
export const placesIn = (home: string, sockets: string): Places => ({
  data: join(home, 'data'),
  sockets,
  hba: join(home, 'pg_hba.conf'),
  ident: join(home, 'pg_ident.conf'),
})
