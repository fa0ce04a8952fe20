import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type Socket } from 'node:net'
import { containsAddress } from '#lib/cidr.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { bareHost, portOf } from './host-rules.ts'

/** The proxy that calls go through, and which hosts are called without it. */
export interface ProxySettings {
  readonly url: URL
  /** Names, which stand for what is below them as well, addresses, ranges of addresses, or `*` for everything. */
  readonly except: readonly string[]
}

/** The proxy that a call of `url` goes through; none when it goes out directly. */
export const proxyFor = (proxy: ProxySettings | undefined, url: URL): URL | undefined =>
  proxy === undefined || proxy.except.some((rule) => isExcepted(rule, url)) ? undefined : proxy.url

function isExcepted(rule: string, url: URL): boolean {
  const hostname = bareHost(url)
  if (rule === '*') return true
  if (isIP(hostname) !== 0) {
    return isIP(rule.split('/', 1).join('')) !== 0 && containsAddress([rule], hostname)
  }
  const [name = '', port] = rule
    .toLowerCase()
    .replace(/^\*?\./, '')
    .split(':')
  const isBelow = hostname === name || hostname.endsWith(`.${name}`)
  return isBelow && (port === undefined || port === portOf(url))
}

/** The header with which a proxy is told who calls, when its URL says so. */
export const proxyHeaders = ({ username, password }: URL): Readonly<Record<string, string>> => {
  if (username === '') return {}
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }
}

/**
 * A connection to the host of `url` through a proxy (RFC 9110 9.3.6), which looks the name up itself. Throws `unreachable` when the proxy
 * refuses, naming its status; fails like a connection when it does not answer.
 */
export function tunnel(proxy: URL, url: URL, signal: AbortSignal): Promise<Socket> {
  const target = `${url.hostname}:${portOf(url)}`
  const options = {
    host: bareHost(proxy),
    port: portOf(proxy),
    method: 'CONNECT',
    path: target,
    headers: { host: target, ...proxyHeaders(proxy) },
    agent: false,
    signal,
  } as const
  return new Promise((resolve, reject) => {
    const request = proxy.protocol === 'https:' ? requestHttps(options) : requestHttp(options)
    request.once('connect', (response, socket) => {
      if (response.statusCode === 200) {
        resolve(socket)
        return
      }
      socket.destroy()
      const status = response.statusCode ?? 'none'
      reject(
        new Failure(
          'unreachable',
          `the proxy does not lead to ${quoted(target)}: it answered with status ${status}`,
        ),
      )
    })
    // A proxy that answers a CONNECT like any other request does not lead anywhere.
    request.once('response', (response) => {
      response.destroy()
      reject(new Failure('unreachable', `the proxy does not lead to ${quoted(target)}`))
    })
    request.on('error', reject)
    request.end()
  })
}
