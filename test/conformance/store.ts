import { accounts } from './store/accounts.ts'
import { changes } from './store/changes.ts'
import { clearedSecrets } from './store/cleared-secrets.ts'
import { credentials } from './store/credentials.ts'
import { epochs } from './store/epochs.ts'
import { graphRows } from './store/graph-rows.ts'
import { installation } from './store/installation.ts'
import { resources } from './store/resources.ts'
import { secrets } from './store/secrets.ts'
import { trail } from './store/trail.ts'
import type { Open } from './store/fixture.ts'

/** What every store owes its callers; each adapter's test file runs all of it. */
export function storeConformance(name: string, open: Open): void {
  graphRows(name, open)
  changes(name, open)
  epochs(name, open)
  secrets(name, open)
  clearedSecrets(name, open)
  credentials(name, open)
  trail(name, open)
  resources(name, open)
  installation(name, open)
  accounts(name, open)
}
