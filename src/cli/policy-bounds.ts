/** The most levels below a branch that a policy is fetched with; every server of the family has this bound. */
export const MAX_DEPTH = 64

/** The most resources, annotations and permissions that a policy is fetched with. */
export const MAX_LIMIT = 100_000
