import { readFileSync } from 'node:fs'
import { createSecureContext, getCACertificates } from 'node:tls'
import type { SecureContext } from 'node:tls'
import type { Directories } from '#app/directory.ts'
import type { Outbound, OutboundSockets } from '#app/outbound.ts'
import { createDirectories } from '#authn/ldap/directories.ts'
import { createOutbound } from '#authn/outbound.ts'
import type { ProxySettings } from '#authn/proxy.ts'
import { Failure } from '#lib/failure.ts'
import { fileFailure } from './file-failure.ts'
import type { Settings } from './settings.ts'

/** The way out of the server as its settings have it; throws `configuration` when the file of authorities is not there or holds none. */
export function outboundOf(settings: Settings): Outbound & OutboundSockets {
  const { outboundAllow, outboundOnly, outboundProxy, outboundNoProxy, outboundCa } = settings
  const proxy: ProxySettings | undefined = outboundProxy && {
    url: outboundProxy,
    except: outboundNoProxy,
  }
  return createOutbound({
    allow: outboundAllow,
    only: outboundOnly,
    ...(proxy === undefined ? {} : { proxy }),
    ...(outboundCa === undefined ? {} : { trust: trustIn(outboundCa) }),
  })
}

/** The way out to directories as the settings have it; throws like {@link outboundOf}. */
export function directoriesOf(settings: Settings): Directories {
  const { outboundAllow, outboundOnly, outboundCa } = settings
  return createDirectories({
    allow: outboundAllow,
    only: outboundOnly,
    ...(outboundCa === undefined ? {} : { trust: trustIn(outboundCa) }),
  })
}

/** The authorities that Node knows and those of a file. */
function trustIn(path: string): SecureContext {
  try {
    const ca = [...getCACertificates('default'), readFileSync(path, 'utf8')]
    return createSecureContext({ ca, minVersion: 'TLSv1.2' })
  } catch (error) {
    const text = `outbound-ca ${path} does not hold certificates (PEM)`
    throw fileFailure(error, path) ?? new Failure('configuration', text, { cause: error })
  }
}
