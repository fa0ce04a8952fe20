/** A role of AWS that can be assumed. */
export interface RoleArn {
  /** `aws`, `aws-cn`, `aws-us-gov` and so on. */
  readonly partition: string
  readonly account: string
  /** Without its path. */
  readonly name: string
}

const SHAPE =
  /^arn:(?<partition>aws(?:-[a-z]{1,12}){0,2}):iam::(?<account>\d{12}):role\/(?:[!-~]{0,510}\/)?(?<name>[\w+=,.@-]{1,64})$/

/** The role that `text` names; `undefined` when it is not the ARN of one. */
export function parseRoleArn(text: string): RoleArn | undefined {
  const { partition, account, name } = SHAPE.exec(text)?.groups ?? {}
  if (partition === undefined || account === undefined || name === undefined) return undefined
  return { partition, account, name }
}
