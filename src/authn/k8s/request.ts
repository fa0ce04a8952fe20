import { readCertificateRequest, type RequestedNames } from '#crypto/certificate-request.ts'
import { Failure } from '#lib/failure.ts'
import { nameless, refused } from '#authn/kubernetes/refusal.ts'
import { podNameIn, type PodName } from './spiffe-id.ts'

/** What the request of a pod for a certificate says. */
export interface PodRequest {
  readonly commonName: string
  readonly name: PodName
}

/**
 * What a certificate signing request says, whose signature proves that its sender has the key. It may ask for a common name and one URI
 * that names a pod, and for nothing else. Throws `unauthorized` for any other, `unprocessable_entity` for one without a common name.
 */
export async function readPodRequest(body: Uint8Array): Promise<PodRequest> {
  const { commonNames, alternativeNames, otherExtensions } = await readOrRefuse(body)
  const [commonName = '', ...others] = commonNames
  if (commonName === '') throw nameless('CONJ00058E The certificate request has no common name')
  if (others.length > 0) {
    throw refused('CONJ00002E The certificate request has more than one common name')
  }
  const name = podNameIn(alternativeNames)
  const [extension] = otherExtensions
  if (extension === undefined) return { commonName, name }
  throw refused(`CONJ00002E The certificate request asks for the extension ${extension}`)
}

async function readOrRefuse(body: Uint8Array): Promise<RequestedNames> {
  try {
    return await readCertificateRequest(Buffer.from(body).toString('latin1'))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw refused(`CONJ00002E The certificate request is refused: ${error.message}`, error)
  }
}
