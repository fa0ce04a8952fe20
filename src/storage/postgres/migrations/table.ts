import { initial } from './0001-initial.ts'
import { api } from './0002-api.ts'
import { issuers } from './0003-issuers.ts'
import { once } from './0004-once.ts'
import { factors } from './0005-factors.ts'

/** Every step of the schema, in order; the number of a step is its place, from 1. A step that was released never changes. */
export const MIGRATIONS: readonly string[] = [initial, api, issuers, once, factors]
