import { createSecureContext } from 'node:tls'
import { readTlsFiles } from '#audit/channel.ts'
import { openSink } from '#audit/sink.ts'
import type { AuditSink } from '#audit/sink.ts'
import type { AuditTarget } from '#audit/target.ts'
import { Failure } from '#lib/failure.ts'
import type { Log } from '#lib/log.ts'
import { fileFailure } from './file-failure.ts'

/**
 * The audit log at `target`. Whether a collector is there shows later; a file that is missing, or is not what it should be, is a
 * mistake in the settings, and throws `configuration`.
 */
export async function openAuditLog(target: AuditTarget, log: Log): Promise<AuditSink> {
  if (target.kind === 'tls') await mustFit(target)
  return openSink(target, log)
}

async function mustFit(files: Parameters<typeof readTlsFiles>[0]): Promise<void> {
  try {
    createSecureContext(await readTlsFiles(files))
  } catch (error) {
    throw fileFailure(error) ?? doNotFit(error)
  }
}

const doNotFit = (cause: unknown): Failure =>
  new Failure('configuration', 'the files of audit-log-ca, -cert and -key do not fit together', {
    cause,
    hint: 'each holds PEM, the key without passphrase and that of the certificate',
  })
