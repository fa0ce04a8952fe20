import { X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readTextFile, writePrivateFile } from '#client/private-file.ts'
import { printable } from '#client/printable.ts'
import type { ServerAddress } from '#client/server-address.ts'
import { hostAndPort, parseServerUrl } from '#client/server-address.ts'
import { userFile } from '#client/settings.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { withoutEnd } from '#lib/without-end.ts'
import type { CliContext } from './context.ts'
import { isYes } from './input.ts'
import { anchorOf, describeCertificate, meetServer } from './server-certificate.ts'

interface InitInput {
  /** Which of the family's servers it is; all are spoken to alike. */
  readonly edition?: string
  readonly url?: string
  readonly account?: string
  readonly caCert?: string
  readonly selfSigned?: true
  readonly insecure?: true
  readonly force?: true
  readonly forceNetrc?: true
  readonly file?: string
  readonly certFile?: string
  readonly authnType?: string
  readonly serviceId?: string
  readonly jwtFile?: string
  readonly jwtHostId?: string
  readonly clientCert?: string
  readonly clientKey?: string
  readonly certHostId?: string
  readonly azureClientId?: string
  readonly azureResource?: string
  readonly iamServerId?: string
}

/** `strongroom init`: writes down which server to talk to, which certificate to trust and how to log in. */
export async function init(context: CliContext, options: InitInput): Promise<void> {
  mustAgree(options)
  const url = withoutEnd(options.url ?? (await answer(context, 'URL', '-u')), '/')
  const account = options.account ?? (await answer(context, 'Account', '-a'))
  const address = parseServerUrl(url)
  const file = options.file ?? userFile(context)
  const certFile = options.certFile ?? `${context.home}/conjur-server.pem`
  const caPem = await certificatesFor(context, address, options)

  await mustOverwrite(context, file, options)
  if (caPem !== undefined) {
    await mustOverwrite(context, certFile, options)
    writePrivateFile(certFile, caPem)
  }
  const { stringify } = await import('yaml')
  const configuration = {
    account,
    appliance_url: url,
    ...(caPem === undefined ? {} : { cert_file: certFile }),
    ...loginSettings(options),
  }
  writePrivateFile(file, stringify(configuration))
  await context.show({
    data: { configuration: file, ...(caPem === undefined ? {} : { certificate: certFile }) },
    plain: `${caPem === undefined ? '' : `Wrote certificate to ${certFile}\n`}Wrote configuration to ${file}\n`,
  })
}

/** How to log in, as the clients of the family write it down. */
function loginSettings({
  authnType,
  serviceId,
  jwtFile,
  jwtHostId,
  clientCert,
  clientKey,
  certHostId,
  azureClientId,
  azureResource,
  iamServerId,
  forceNetrc,
}: InitInput): Readonly<Record<string, string>> {
  const settings = {
    authn_type: authnType,
    service_id: serviceId,
    jwt_file: jwtFile,
    jwt_host_id: jwtHostId,
    client_cert_file: clientCert,
    client_cert_key_file: clientKey,
    cert_host_id: certHostId,
    azure_client_id: azureClientId,
    azure_resource: azureResource,
    iam_server_id: iamServerId,
    credential_storage: forceNetrc === true ? 'file' : undefined,
  }
  return Object.fromEntries(
    Object.entries(settings).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

function mustAgree(options: InitInput): void {
  const { insecure, selfSigned, caCert } = options
  if (insecure === true && selfSigned === true) {
    throw new Failure('usage', 'Cannot specify both --insecure and --self-signed')
  }
  if (caCert !== undefined && (insecure === true || selfSigned === true)) {
    throw new Failure('usage', 'Cannot specify --ca-cert when using --insecure or --self-signed')
  }
  mustNameProof(options)
}

/** The types of authenticators of which there is only one. */
const WITHOUT_NAME: ReadonlySet<string> = new Set(['authn', 'gcp'])

function mustNameProof({ authnType, serviceId, clientCert, clientKey }: InitInput): void {
  if (authnType !== undefined && !WITHOUT_NAME.has(authnType) && serviceId === undefined) {
    throw new Failure('usage', `Must specify --service-id when using ${authnType}`)
  }
  if (authnType === 'cert' && (clientCert === undefined || clientKey === undefined)) {
    throw new Failure('usage', 'Must specify --client-cert and --client-key when using cert')
  }
}

/** The certificates to write down, in PEM; `undefined` when those of the system suffice or there is no TLS. */
async function certificatesFor(
  context: CliContext,
  address: ServerAddress,
  options: InitInput,
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
  { selfSigned }: InitInput,
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
  { force }: InitInput,
): Promise<void> {
  if (force === true || !existsSync(path)) return
  const answered = await terminal?.ask(`${path} exists. Overwrite it? [y/N] `)
  if (answered === undefined || !isYes(answered)) {
    throw new Failure('usage', `${quoted(path)} exists`, { hint: 'overwrite it with --force' })
  }
}

function answer({ terminal }: CliContext, what: string, flag: string): Promise<string> {
  if (terminal === undefined) throw new Failure('usage', `${what} is missing: give it with ${flag}`)
  return terminal.ask(`${what}: `)
}
