import { k8sAuthenticatorConformance } from '../conformance/k8s-authenticator.ts'
import { openKubeconfig } from '../kubernetes/kubeconfig-cluster.ts'
import { standIn } from '../kubernetes/stand-in-world.ts'

k8sAuthenticatorConformance('a stand-in cluster', standIn)

/** A cluster that tests may do with as they like. */
const kubeconfig = process.env['STRONGROOM_TEST_KUBECONFIG']

if (kubeconfig !== undefined) {
  k8sAuthenticatorConformance('a real cluster', () => openKubeconfig(kubeconfig))
}
