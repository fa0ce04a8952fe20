/** One value that the child gets, and where it comes from. */
export interface SecretEntry {
  /** The name of the environment variable, or the alias in a file. */
  readonly key: string
  readonly from:
    | { readonly kind: 'literal'; readonly text: string }
    | { readonly kind: 'variable'; readonly id: string }
  /** Whether the child gets the path of a file with the value. */
  readonly toFile: boolean
  /** What stands for an empty value. */
  readonly fallback?: string
}
