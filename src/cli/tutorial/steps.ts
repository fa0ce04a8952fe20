import type { Step } from './step.ts'
import { AUDIT } from './steps/audit.ts'
import { LOOK_AROUND } from './steps/look-around.ts'
import { ONWARD } from './steps/onward.ts'
import { POLICY } from './steps/policy.ts'
import { REVOCATION } from './steps/revocation.ts'
import { ROTATION } from './steps/rotation.ts'
import { RUN } from './steps/run.ts'
import { SECRET } from './steps/secret.ts'
import { WHY } from './steps/why.ts'
import { WORKLOAD } from './steps/workload.ts'

/** The steps of the tutorial, in their order. */
export const STEPS: readonly Step[] = [
  LOOK_AROUND,
  POLICY,
  SECRET,
  WORKLOAD,
  RUN,
  ROTATION,
  WHY,
  REVOCATION,
  AUDIT,
  ONWARD,
]
