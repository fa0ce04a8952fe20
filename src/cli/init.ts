import { X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { readTextFile, writePrivateFile } from '#client/private-file.ts'
import { printable } from '#client/printable.ts'
import type { ServerAddress } from '#client/server-address.ts'
import { hostAndPort, parseServerUrl } from '#client/server-address.ts'
import { userFile } from '#client/settings.ts'
import { Failure, quoted } from '#lib/failure.ts'
import type { CliContext } from './context.ts'
import { serverCommand } from './context.ts'
import { anchorOf, describeCertificate, meetServer } from './server-certificate.ts'

interface InitOptions {
  readonly url?: string
  readonly account?: string
  readonly caCert?: string
  readonly selfSigned?: boolean
  readonly insecure?: boolean
  readonly force?: boolean
  readonly file?: string
  readonly certFile?: string
}

/** `strongroom init`: writes down which server to talk to and which certificate to trust. */
export const initCommand = (context: CliContext): Command =>
  serverCommand('init', 'choose the server and trust its certificate')
    .option('-u, --url <url>', 'the address of the server')
    .option('-a, --account <account>', 'the account')
    .option('-c, --ca-cert <file>', 'trust the certificates in this file')
    .option('-s, --self-signed', 'trust the certificate that the server shows, without asking')
    .option('-i, --insecure', 'allow an http URL: anybody on the way can read everything')
    .option('-f, --file <file>', 'the configuration to write (default: ~/.conjurrc)')
    .option('--cert-file <file>', 'the certificate to write (default: ~/conjur-server.pem)')
    .option('--force', 'overwrite without asking')
    .action((options: InitOptions) => init(context, options))

async function init(context: CliContext, options: InitOptions): Promise<void> {
  mustAgree(options)
  const url = (options.url ?? (await answer(context, 'URL', '-u'))).replace(/\/+$/, '')
  const account = options.account ?? (await answer(context, 'Account', '-a'))
  const address = parseServerUrl(url)
  const file = options.file ?? userFile(context)
  const certFile = options.certFile ?? `${context.home}/conjur-server.pem`
  const caPem = await certificatesFor(context, address, options)

  await mustOverwrite(context, file, options)
  if (caPem !== undefined) {
    await mustOverwrite(context, certFile, options)
    writePrivateFile(certFile, caPem)
    context.print(`Wrote certificate to ${certFile}\n`)
  }
  const { stringify } = await import('yaml')
  const configuration = {
    account,
    appliance_url: url,
    ...(caPem === undefined ? {} : { cert_file: certFile }),
  }
  writePrivateFile(file, stringify(configuration))
  context.print(`Wrote configuration to ${file}\n`)
}

function mustAgree({ insecure, selfSigned, caCert }: InitOptions): void {
  if (insecure === true && selfSigned === true) {
    throw new Failure('usage', 'Cannot specify both --insecure and --self-signed')
  }
  if (caCert !== undefined && (insecure === true || selfSigned === true)) {
    throw new Failure('usage', 'Cannot specify --ca-cert when using --insecure or --self-signed')
  }
}

/** The certificates to write down, in PEM; `undefined` when those of the system suffice or there is no TLS. */
async function certificatesFor(
  context: CliContext,
  address: ServerAddress,
  options: InitOptions,
): Promise<string | undefined> {
  const target = hostAndPort(address)
  if (!address.secure) {
    if (options.insecure === true) return undefined
    throw new Failure('usage', `Cannot fetch certificate from non-HTTPS URL http://${target}`, {
      hint: 'use https, or allow plain http with --insecure',
    })
  }
  if (options.caCert !== undefined) return givenCertificates(address, options.caCert)
  const met = await meetServer(address)
  if (met.isTrusted) return undefined
  const anchor = anchorOf(met)
  if (anchor === undefined) throw unusable(target)
  await mustTrust(context, target, anchor, options)
  const pem = anchor.toString()
  if (!(await meetServer(address, pem)).isTrusted) throw unusable(target)
  return pem
}

async function givenCertificates(address: ServerAddress, path: string): Promise<string> {
  const pem = readTextFile(path)
  if (pem === undefined || !isPem(pem)) {
    throw new Failure('usage', `${quoted(path)} holds no certificate in PEM`)
  }
  if (!(await meetServer(address, pem)).isTrusted) throw unusable(hostAndPort(address))
  return pem
}

function isPem(text: string): boolean {
  try {
    return new X509Certificate(text).raw.length > 0
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}

const unusable = (target: string): Failure =>
  new Failure('untrusted', `Unable to retrieve and validate certificate from ${target}`, {
    hint: 'its certificate is for another host name, not valid now, or not signed by the one to trust',
  })

async function mustTrust(
  { terminal, say }: CliContext,
  target: string,
  certificate: X509Certificate,
  { selfSigned }: InitOptions,
): Promise<void> {
  say(`The certificate of ${target} is not from an authority that is trusted here:`)
  say(printable(describeCertificate(certificate)))
  if (selfSigned === true) return
  if (terminal === undefined) {
    throw new Failure('untrusted', 'nobody is here to confirm the certificate', {
      hint: 'compare its SHA-256 fingerprint with that of the server, then pass --self-signed',
    })
  }
  if (!isYes(await terminal.ask('Trust this certificate? [y/N] '))) {
    throw new Failure('untrusted', 'Based on your selection, this certificate will not be trusted')
  }
}

async function mustOverwrite(
  { terminal }: CliContext,
  path: string,
  { force }: InitOptions,
): Promise<void> {
  if (force === true || !existsSync(path)) return
  const answered = await terminal?.ask(`${path} exists. Overwrite it? [y/N] `)
  if (answered === undefined || !isYes(answered)) {
    throw new Failure('usage', `${quoted(path)} exists`, { hint: 'overwrite it with --force' })
  }
}

const isYes = (text: string): boolean => /^y(?:es)?$/i.test(text.trim())

function answer({ terminal }: CliContext, what: string, flag: string): Promise<string> {
  if (terminal === undefined) throw new Failure('usage', `${what} is missing: give it with ${flag}`)
  return terminal.ask(`${what}: `)
}
