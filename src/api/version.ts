/** The version of the Conjur API that the server speaks, in the form that clients look for before they use it (reference/conjur-api.md 1.5, appendix C). */
export const API_VERSION = '1.24.0-0'
