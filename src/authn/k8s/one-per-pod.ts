import { Failure } from '#lib/failure.ts'
import type { Exec } from '#authn/kubernetes/exec.ts'

/**
 * Runs one script at a time in a container: whoever knows the name of a host can ask for its certificate, and must not be able to keep its
 * pod, its node and us busy with many at once. Throws `unavailable` for another one meanwhile, after which clients try again.
 */
export function onePerPod(exec: Exec): Exec {
  const busy = new Set<string>()
  return async (access, target, script, options) => {
    const { namespace, pod, container } = target
    const key = [access.url, namespace, pod, container].join(' ')
    if (busy.has(key)) {
      throw new Failure('unavailable', 'the pod is just getting another certificate')
    }
    busy.add(key)
    try {
      await exec(access, target, script, options)
    } finally {
      busy.delete(key)
    }
  }
}
